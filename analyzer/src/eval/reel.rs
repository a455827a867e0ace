//! A clip's two streams, played as a camera that loops: what is decoded and looked at is what the running analyzer would.

use super::{EvalError, vary::Weather};
use crate::{
    Config, Picture,
    chain::Chain,
    decode::{Decoder, Doze, Due, Output, Pace, read_clip},
    detect::Detector,
    judge::Finding,
};
use mingchu_domain::{media::AccessUnit, time::WallTime};
use std::{collections::BTreeMap, path::Path, time::Duration};
use tokio::sync::mpsc;

const PERSON_WIDTH: u32 = 640;
/// Without anybody a key unit of the main stream is decoded this often, as in the running analyzer.
const STILL_PAUSE: Duration = Duration::from_secs(9);

/// The coded units of a sub stream and the pictures of both streams, by their time in the clip.
pub(super) struct Reel {
    units: Vec<AccessUnit>,
    sub: BTreeMap<WallTime, Picture>,
    main: Vec<Picture>,
    length: Duration,
}

/// How a reel is played.
pub(super) struct Showing {
    /// When the first picture is taken.
    pub(super) start: WallTime,
    /// How long it is played: the whole clip, then its part from `again_from` on, over and over.
    pub(super) length: Duration,
    /// Where the part begins that is played again.
    pub(super) again_from: Duration,
    /// What changes from picture to picture.
    pub(super) weather: Option<Weather>,
}

impl Reel {
    /// Decodes the main and the sub stream of a clip.
    pub(super) fn read(main: &Path, sub: &Path) -> Result<Self, EvalError> {
        let units = read_clip(sub, WallTime::default())?.collect::<Result<Vec<_>, _>>()?;
        let keys = read_clip(main, WallTime::default())?.collect::<Result<Vec<_>, _>>()?;
        let keys: Vec<_> = keys.into_iter().filter(|unit| unit.is_key).collect();
        let length = match units.as_slice() {
            [.., before, last] => last.arrived_at.since(before.arrived_at) + last.arrived_at.since(WallTime::default()),
            _ => Duration::from_millis(40),
        };
        let sub = decode(&units, PERSON_WIDTH)?.into_iter().map(|picture| (picture.at(), picture)).collect();
        let main = decode(&keys, u32::MAX)?;
        Ok(Self { units, sub, main, length })
    }

    pub(super) const fn length(&self) -> Duration {
        self.length
    }

    /// Plays the reel through a chain; `found` takes each finding.
    pub(super) fn play(
        &self,
        showing: &Showing,
        config: &Config,
        chain: &mut Chain,
        detector: &mut dyn Detector,
        found: &mut dyn FnMut(Finding),
    ) -> Result<(), EvalError> {
        let (mut doze, mut due) = (Doze::default(), Due::new(config.person_every()));
        let mut last_main: Option<WallTime> = None;
        let (mut from, mut round) = (Duration::ZERO, 0);
        // A round begins at the clip's `from`; the clip's zero is then at `zero`.
        let mut zero = showing.start;
        let end = showing.start + showing.length;
        while zero + from < end {
            let since = |at: WallTime| at.since(WallTime::default());
            let mut mains = self.main.iter().filter(|picture| since(picture.at()) >= from).peekable();
            for unit in self.units.iter().filter(|unit| since(unit.arrived_at) >= from) {
                let shifted = AccessUnit { arrived_at: zero + since(unit.arrived_at), ..unit.clone() };
                for ready in doze.take(shifted, chain.is_calm()) {
                    let in_clip = WallTime::default() + ready.arrived_at.since(zero);
                    let Some(picture) = self.sub.get(&in_clip) else { continue };
                    if !due.takes(ready.arrived_at.since(showing.start)) {
                        continue;
                    }
                    let picture = showing.under_weather(picture, ready.arrived_at)?;
                    chain.look_for_persons(&picture, detector)?;
                    while let Some(main) = mains.next_if(|main| main.at() <= in_clip) {
                        let at = zero + since(main.at());
                        let is_rested = last_main.is_none_or(|last| at.since(last) >= STILL_PAUSE);
                        if !chain.wants_main() && !is_rested {
                            continue;
                        }
                        last_main = Some(at);
                        let main = showing.under_weather(main, at)?;
                        if chain.wants_heads() {
                            for (finding, _) in chain.look_at_heads(&main, detector)?.findings {
                                found(finding);
                            }
                        }
                        chain.look_at_place(&main, detector)?;
                    }
                    chain.take_findings().into_iter().for_each(|(finding, _)| found(finding));
                }
            }
            (zero, round) = (zero + (self.length - showing.again_from.min(self.length)), round + 1);
            from = showing.again_from;
            if self.length <= from {
                break;
            }
        }
        tracing::debug!(round, "a clip was played");
        Ok(())
    }
}

impl Showing {
    fn under_weather(&self, picture: &Picture, at: WallTime) -> Result<Picture, EvalError> {
        let picture = picture.clone().taken_at(at);
        match &self.weather {
            Some(weather) => Ok(weather.over(&picture, at.since(self.start))?),
            None => Ok(picture),
        }
    }
}

fn decode(units: &[AccessUnit], width_at_most: u32) -> Result<Vec<Picture>, EvalError> {
    let output = Output { pace: Pace::File, width_at_most, every: Duration::ZERO };
    let Some(first) = units.first() else { return Ok(Vec::new()) };
    let (sender, mut pictures) = mpsc::channel(units.len());
    let mut decoder = Decoder::start(&first.parameters, WallTime::default(), output, sender)?;
    units.iter().try_for_each(|unit| decoder.push(unit))?;
    decoder.finish()?;
    Ok(std::iter::from_fn(|| pictures.try_recv().ok()).collect())
}
