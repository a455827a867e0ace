//! Where the archive is cut.

use crate::session::Step;
use mingchu_domain::{
    media::{AccessUnit, VideoParameters},
    time::MediaTime,
};
use std::{sync::Arc, time::Duration};

/// What to do with a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Append it to the open segment.
    Append,
    /// End the open segment, if there is one, and begin another with it.
    Begin,
    /// End the open segment, if there is one, and leave it out: nothing can be decoded from it.
    Skip,
}

/// Decides where the archive is cut. Pure: the recorder does the IO.
///
/// A segment begins with a key unit and holds whole GOPs. It ends at the first key unit at or after `target`, after a
/// jump of the camera's timestamps or the gateway's clock, or with other parameters. A stream without key units is cut at `4 * target`, and
/// the next segment waits for one.
#[derive(Debug)]
pub struct Segmenter {
    target_90k: i64,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    begin: MediaTime,
    parameters: Arc<VideoParameters>,
    has_jumped: bool,
}

impl Segmenter {
    /// Returns a segmenter for segments of about `target`.
    #[must_use]
    pub fn new(target: Duration) -> Self {
        let target_90k = i64::try_from(target.as_millis()).unwrap_or(i64::MAX / 400).saturating_mul(90);
        Self { target_90k, open: None }
    }

    /// Takes the next unit.
    pub fn next(&mut self, unit: &AccessUnit, step: Step) -> Cut {
        let Some(open) = &mut self.open else { return self.begin_if_key(unit) };
        open.has_jumped |= step != Step::Continues;
        let length = unit.pts_90k.ticks_since(open.begin);
        let is_other = !Arc::ptr_eq(&open.parameters, &unit.parameters) && open.parameters != unit.parameters;
        if is_other || (!unit.is_key && length >= self.target_90k.saturating_mul(4)) {
            return self.begin_if_key(unit);
        }
        if unit.is_key && (open.has_jumped || length >= self.target_90k) {
            return self.begin_if_key(unit);
        }
        Cut::Append
    }

    /// Ends the open segment: the stream is lost.
    pub fn end(&mut self) {
        self.open = None;
    }

    fn begin_if_key(&mut self, unit: &AccessUnit) -> Cut {
        self.open = unit.is_key.then(|| Open {
            begin: unit.pts_90k,
            parameters: Arc::clone(&unit.parameters),
            has_jumped: false,
        });
        if unit.is_key { Cut::Begin } else { Cut::Skip }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{parameters, unit};
    use proptest::prelude::*;

    const TARGET: Duration = Duration::from_secs(4);

    #[derive(Debug, Clone)]
    struct Camera {
        is_key: bool,
        step_ms: i64,
        event: u8,
    }

    fn cameras() -> impl Strategy<Value = Vec<Camera>> {
        let unit = (prop::bool::weighted(0.2), 1i64..1500, 0u8..40);
        prop::collection::vec(unit.prop_map(|(is_key, step_ms, event)| Camera { is_key, step_ms, event }), 1..200)
    }

    proptest! {
        #[test]
        fn every_segment_begins_with_a_key_unit_and_nothing_decodable_is_lost(stream in cameras()) {
            let mut segmenter = Segmenter::new(TARGET);
            let sets = [parameters(640), parameters(1280)];
            let (mut pts, mut set, mut in_segment) = (0, 0, false);
            let (mut segment_begin, mut segment_set) = (0, 0);
            for camera in stream {
                pts += camera.step_ms * 90;
                if camera.is_key && camera.event < 3 {
                    set = 1 - set;
                }
                let unit = unit(&sets[set], camera.is_key, pts);
                let step = if camera.event == 10 { Step::Begins } else { Step::Continues };
                match segmenter.next(&unit, step) {
                    Cut::Begin => {
                        prop_assert!(camera.is_key);
                        (in_segment, segment_begin, segment_set) = (true, pts, set);
                    }
                    Cut::Append => {
                        prop_assert!(in_segment);
                        prop_assert_eq!(set, segment_set);
                        prop_assert!(!camera.is_key || pts - segment_begin < 4 * 90_000);
                    }
                    Cut::Skip => {
                        prop_assert!(!camera.is_key, "a key unit is always kept");
                        prop_assert!(!in_segment || pts - segment_begin >= 16 * 90_000);
                        in_segment = false;
                    }
                }
            }
        }
    }

    #[test]
    fn a_jump_in_the_middle_of_a_gop_cuts_at_the_next_key_unit() {
        let mut segmenter = Segmenter::new(TARGET);
        let set = parameters(640);
        let steps = [
            (true, 0, Step::Begins, Cut::Begin),
            (false, 3600, Step::Begins, Cut::Append),
            (false, 7200, Step::Continues, Cut::Append),
            (true, 10_800, Step::Continues, Cut::Begin),
        ];
        for (is_key, pts, step, cut) in steps {
            assert_eq!(segmenter.next(&unit(&set, is_key, pts), step), cut, "at {pts}");
        }
    }

    #[test]
    fn after_a_loss_the_next_segment_waits_for_a_key_unit() {
        let mut segmenter = Segmenter::new(TARGET);
        let set = parameters(640);
        assert_eq!(segmenter.next(&unit(&set, true, 0), Step::Begins), Cut::Begin);
        segmenter.end();
        assert_eq!(segmenter.next(&unit(&set, false, 90_000), Step::Begins), Cut::Skip);
        assert_eq!(segmenter.next(&unit(&set, true, 180_000), Step::Continues), Cut::Begin);
    }
}
