//! One stream's place in the hub.

use super::{
    archive_queue::{ArchiveSender, End},
    live::LiveFan,
    units::{Offer, UnitsConsumer},
};
use crate::{
    metric,
    session::{Step, Viewers},
};
use mingchu_domain::{
    camera::GapCause,
    live::{LiveRefused, LiveUnit},
    media::AccessUnit,
    time::WallTime,
};
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::sync::mpsc;

/// Larger GOPs are not kept for new viewers; they wait for the next key unit.
const LARGEST_GOP_BYTES: usize = 8 << 20;
/// Most pictures kept for new viewers: 25 s at 25 frames a second.
const LARGEST_GOP_UNITS: usize = 640;

pub(super) struct Channel(Mutex<State>);

#[derive(Default)]
struct State {
    is_pulled: bool,
    is_closed: bool,
    /// The loss that lasts, for viewers who come now.
    lost: Option<LiveUnit>,
    gop: Gop,
    units: Vec<UnitsConsumer>,
    live: LiveFan,
    archive: Option<ArchiveSender>,
}

/// The pictures since the last key unit.
#[derive(Default)]
struct Gop {
    units: Vec<AccessUnit>,
    bytes: usize,
}

impl Gop {
    fn push(&mut self, unit: &AccessUnit) {
        if unit.is_key {
            self.clear();
        } else if self.units.is_empty() {
            return;
        }
        self.bytes += unit.data.len();
        self.units.push(unit.clone());
        if self.bytes > LARGEST_GOP_BYTES || self.units.len() > LARGEST_GOP_UNITS {
            self.clear();
        }
    }
    fn clear(&mut self) {
        self.units.clear();
        self.bytes = 0;
    }
}

impl Channel {
    /// Returns a channel whose viewers are counted in `viewers`.
    pub(super) fn new(viewers: Viewers) -> Self {
        Self(Mutex::new(State { live: LiveFan::new(viewers), ..State::default() }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("nobody panics while holding this lock")
    }

    pub(super) fn add_units(&self) -> mpsc::Receiver<AccessUnit> {
        let (consumer, receiver) = UnitsConsumer::new();
        let mut state = self.state();
        if !state.is_closed {
            state.units.push(consumer);
        }
        receiver
    }

    pub(super) fn add_units_since_key(&self) -> mpsc::Receiver<AccessUnit> {
        let mut state = self.state();
        let (consumer, receiver) = UnitsConsumer::begun(&state.gop.units);
        if !state.is_closed {
            state.units.push(consumer);
        }
        receiver
    }

    pub(super) fn loss(&self) -> Result<Option<LiveUnit>, LiveRefused> {
        let state = self.state();
        if !state.is_pulled || state.is_closed {
            return Err(LiveRefused::NotPulled);
        }
        Ok(state.lost.clone())
    }

    pub(super) fn add_viewer(&self, most: usize) -> Result<mpsc::Receiver<LiveUnit>, LiveRefused> {
        let mut state = self.state();
        let State { is_pulled, is_closed, lost, gop, live, .. } = &mut *state;
        if !*is_pulled || *is_closed {
            return Err(LiveRefused::NotPulled);
        }
        live.add(most, &gop.units, lost.as_ref())
    }

    /// Returns the pictures since the last key unit, that one first.
    pub(super) fn newest(&self) -> Result<Vec<AccessUnit>, LiveRefused> {
        let state = self.state();
        if !state.is_pulled || state.is_closed {
            return Err(LiveRefused::NotPulled);
        }
        if let Some(LiveUnit::Lost { cause, since, .. }) = state.lost {
            return Err(LiveRefused::Lost { cause, since });
        }
        if state.gop.units.is_empty() { Err(LiveRefused::NoPicture) } else { Ok(state.gop.units.clone()) }
    }

    pub(super) fn close(&self) {
        let mut state = self.state();
        state.is_closed = true;
        state.units.clear();
        state.live.clear();
        state.archive = None;
    }
}

/// The session's end of a channel.
pub(crate) struct Publisher(Arc<Channel>);

impl Publisher {
    pub(super) fn new(channel: Arc<Channel>, archive: Option<ArchiveSender>) -> Self {
        {
            let mut state = channel.state();
            state.is_pulled = true;
            state.archive = archive;
        }
        Self(channel)
    }

    /// Hands a picture to everybody.
    pub(crate) fn unit(&self, unit: &AccessUnit, step: Step) {
        let mut state = self.0.state();
        let State { lost, gop, units, live, archive, .. } = &mut *state;
        if let Some(archive) = archive {
            archive.unit(unit, step);
        }
        *lost = None;
        gop.push(unit);
        live.unit(unit, &gop.units);
        units.retain_mut(|consumer| match consumer.offer(unit) {
            Offer::Taken => true,
            Offer::Missed => {
                metrics::counter!(metric::DROPPED, "consumer" => "units").increment(1);
                true
            }
            Offer::Gone => false,
        });
    }

    /// Returns how many viewers there are now.
    pub(super) fn viewers(&self) -> usize {
        self.0.state().live.viewers()
    }

    /// Says that packets before the picture that follows never came.
    pub(crate) fn packet_loss(&self, packets: u32, at: WallTime) {
        if let Some(archive) = &mut self.0.state().archive {
            archive.packet_loss(packets, at);
        }
    }

    /// Takes the camera's clock minus ours, in microseconds.
    pub(crate) fn clock_offset(&self, offset_us: i64) {
        if let Some(archive) = &self.0.state().archive {
            archive.clock_offset(offset_us);
        }
    }

    /// Says that the camera is lost. `at` is the last picture's time, or now when only the cause changed.
    pub(crate) fn lost(&self, cause: GapCause, detail: &str, at: WallTime) {
        let mut state = self.0.state();
        let State { lost, gop, live, archive, .. } = &mut *state;
        if let Some(archive) = archive {
            archive.lost(cause, detail, at);
        }
        gop.clear();
        let unit = LiveUnit::Lost { cause, detail: detail.to_owned(), since: at };
        live.lost(&unit);
        *lost = Some(unit);
    }

    /// Ends the stream: the archive closes its file, viewers are told to ask again.
    pub(crate) fn end(self, end: End, at: WallTime) {
        let mut state = self.0.state();
        state.is_pulled = false;
        state.lost = None;
        state.gop.clear();
        state.live.clear();
        if let Some(archive) = state.archive.take() {
            archive.end(end, at);
        }
    }
}
