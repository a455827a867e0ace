//! Which units of a still kitchen's stream are decoded. Pure.
//!
//! ```text
//! awake:  every unit -> decoder                        a key unit, and the scene is calm -> dozing
//! dozing: key unit -> decoder, units between are held  a change, a large unit, a late key -> held units, awake
//! ```
//! Whoever comes in is in the next key unit's picture, at most 2.1 s later; a stream with fewer key
//! units is decoded whole. Sooner still, because what moves costs the camera's encoder bytes. The held units go to the
//! decoder before the one that woke it, so that nothing it refers to is missing.

use mingchu_domain::{media::AccessUnit, time::WallTime};
use std::time::Duration;

/// Key units further apart end the doze: nobody is hidden for longer.
const KEY_AT_LEAST_EVERY: Duration = Duration::from_millis(2100);
/// More units are not held: 30 a second between two key units.
pub(super) const HELD_AT_MOST: usize = 64;
/// A unit this many times as large as the largest lately shows something new,
const STRIKING: f32 = 2.0;
/// if it is larger by so many bytes: the smallest units vary by their headers.
const STRIKING_BYTES: f32 = 200.0;
/// How much of the largest size is left after each further unit: half of it after 70, about 3 s.
const FADES: f32 = 0.99;

/// Decides for one stream.
#[derive(Debug, Default)]
pub struct Doze {
    held: Vec<AccessUnit>,
    is_dozing: bool,
    last_key: Option<WallTime>,
    /// The largest unit between key units lately, while the scene is calm. Not the mean: a camera that repeats pictures
    /// sends small and large units in turn.
    largest_bytes: Option<f32>,
}

impl Doze {
    /// Takes the next unit of the stream; returns what the decoder gets now, in order. `is_calm`: nothing has changed
    /// and nobody has been there for a while.
    pub fn take(&mut self, unit: AccessUnit, is_calm: bool) -> Vec<AccessUnit> {
        let since_key = self.last_key.map(|last| unit.arrived_at.since(last));
        let has_keys = since_key.is_some_and(|since| since <= KEY_AT_LEAST_EVERY);
        if unit.is_key {
            self.last_key = Some(unit.arrived_at);
            self.held.clear();
            self.is_dozing = is_calm && has_keys;
            return vec![unit];
        }
        let is_striking = is_calm && self.is_striking(&unit);
        if self.is_dozing && is_calm && has_keys && !is_striking && self.held.len() < HELD_AT_MOST {
            self.held.push(unit);
            return Vec::new();
        }
        self.is_dozing = false;
        let mut ready = std::mem::take(&mut self.held);
        ready.push(unit);
        ready
    }

    /// Compares with the largest lately and learns it.
    fn is_striking(&mut self, unit: &AccessUnit) -> bool {
        let bytes = unit.data.len() as f32;
        let largest = self.largest_bytes.unwrap_or(bytes);
        self.largest_bytes = Some(bytes.max(largest * FADES));
        bytes > STRIKING * largest && bytes > largest + STRIKING_BYTES
    }
}

#[cfg(test)]
mod tests;
