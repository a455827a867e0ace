//! Which picture a stream shows when: a clip in a loop, on the stream's own clock. Pure.

use super::media::{Frame, Media};
use std::sync::Arc;

/// A clip in a loop from a moment on.
///
/// Frame numbers run on from the program before, so that a parameter change loses none.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) media: Arc<Media>,
    /// Stream time of the first picture.
    began_90k: u64,
    /// Index in the clip of the first picture, a key picture.
    first: usize,
    /// Frame number of the first picture.
    pub(super) first_number: u64,
}

/// One picture of a program.
pub(super) struct Shown<'a> {
    pub(super) frame: &'a Frame,
    /// Stream time at which it leaves the camera.
    pub(super) due_90k: u64,
    /// Stream time at which it is shown.
    pub(super) pts_90k: u64,
}

impl Program {
    /// Returns the program of a stream that has just been switched on.
    pub(super) fn new(media: Arc<Media>) -> Self {
        Self { media, began_90k: 0, first: 0, first_number: 0 }
    }

    /// Returns the picture of that number, which must not be before `first_number`.
    pub(super) fn shown(&self, number: u64) -> Shown<'_> {
        let count = self.media.frames.len() as u64;
        let steps = self.first as u64 + number.saturating_sub(self.first_number);
        let frame = &self.media.frames[usize::try_from(steps % count).unwrap_or(0)];
        let loop_start = self.began_90k + (steps / count) * self.media.duration_90k;
        let at = |ticks: u64| (loop_start + ticks).saturating_sub(self.first_dts());
        Shown { frame, due_90k: at(frame.dts_90k), pts_90k: at(frame.pts_90k) }
    }

    /// Returns the number of the last picture due at `now_90k`.
    pub(super) fn number_at(&self, now_90k: u64) -> u64 {
        let count = self.media.frames.len() as u64;
        let into = now_90k.saturating_sub(self.began_90k) + self.first_dts();
        let within = into % self.media.duration_90k;
        let index = self.media.frames.partition_point(|frame| frame.dts_90k <= within).saturating_sub(1);
        let steps = (into / self.media.duration_90k) * count + index as u64;
        self.first_number + steps.saturating_sub(self.first as u64)
    }

    /// Returns the last key picture at or before `number`.
    pub(super) fn key_before(&self, number: u64) -> u64 {
        let mut earlier = (self.first_number..=number).rev();
        earlier.find(|&number| self.shown(number).frame.is_key).unwrap_or(self.first_number)
    }

    /// Returns the program that shows `media` from the next key picture after `now_90k` on.
    pub(super) fn followed_by(&self, media: Arc<Media>, now_90k: u64) -> Self {
        let after = self.number_at(now_90k) + 1;
        let number = (after..).find(|&number| self.shown(number).frame.is_key).unwrap_or(after);
        let shown = self.shown(number);
        let wanted = shown.frame.dts_90k % media.duration_90k;
        let frames = media.frames.iter().enumerate();
        let mut keys = frames.filter(|(_, frame)| frame.is_key && frame.dts_90k <= wanted);
        let first = keys.next_back().map_or(0, |(index, _)| index);
        Self { media, began_90k: shown.due_90k, first, first_number: number }
    }

    /// Returns whether the program is on at that stream time.
    pub(super) fn has_begun(&self, now_90k: u64) -> bool {
        self.began_90k <= now_90k
    }

    fn first_dts(&self) -> u64 {
        self.media.frames[self.first].dts_90k
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::track::{Sample, Track};
    use bytes::Bytes;
    use mingchu_domain::media::Codec;
    use proptest::prelude::*;

    fn clip(frames: u64, gop: u64) -> Arc<Media> {
        let sample = |index: u64| Sample {
            dts_90k: index * 9000,
            pts_90k: index * 9000,
            is_key: index.is_multiple_of(gop),
            nals: vec![Bytes::from_static(&[0x65, 1, 2, 3])],
        };
        let samples = (0..frames).map(sample).collect();
        let parameter_sets = vec![vec![0x67, 66, 0, 30], vec![0x68, 1, 2, 3]];
        let (codec, duration_90k) = (Codec::H264, frames * 9000);
        Arc::new(Media::of(&Track { codec, width: 320, height: 240, parameter_sets, samples, duration_90k }))
    }

    proptest! {
        #[test]
        fn pictures_are_due_at_even_steps_over_loops_and_changes(frames in 1_u64..40, gop in 1_u64..15, now in 0_u64..2_000_000) {
            let before = Program::new(clip(frames, gop));
            prop_assert_eq!(before.number_at(now), now / 9000);
            prop_assert_eq!(before.shown(before.number_at(now)).due_90k, now / 9000 * 9000);
            let after = before.followed_by(clip(frames + 3, gop + 1), now);
            let switch = after.first_number;
            prop_assert!(switch > before.number_at(now));
            prop_assert!(before.shown(switch).frame.is_key && after.shown(switch).frame.is_key);
            prop_assert_eq!(after.shown(switch).due_90k, before.shown(switch).due_90k);
            prop_assert_eq!(after.shown(switch + 50).due_90k, (switch + 50) * 9000);
            prop_assert_eq!(after.number_at((switch + 50) * 9000 + 8999), switch + 50);
        }
    }

    #[test]
    fn a_viewer_starts_at_the_last_key_picture() {
        let program = Program::new(clip(30, 10));
        assert_eq!(program.key_before(29), 20);
        assert_eq!(program.key_before(30), 30);
        assert_eq!(program.key_before(34), 30);
    }
}
