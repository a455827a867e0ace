//! What a camera's day is made of: files of a minute, and gaps as kitchens have them. Pure.

use crate::commands::chance::Chance;
use mingchu_domain::{
    camera::GapCause,
    time::{TimeRange, WallTime},
};
use std::time::Duration;

const MINUTE_S: u64 = 60;
const DAY_S: u64 = 24 * 60 * MINUTE_S;

/// A gap of a day, in seconds from its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gap {
    pub(super) from_s: u64,
    pub(super) to_s: u64,
    pub(super) cause: GapCause,
}

/// Draws the gaps of a day: short losses of the network nearly each day, hours without power now and then.
pub(super) fn gaps(chance: &mut Chance) -> Vec<Gap> {
    let mut gaps = Vec::new();
    let mut draw = |chance: &mut Chance, cause, least_s, most_s| {
        let from_s = chance.below(DAY_S - most_s);
        gaps.push(Gap { from_s, to_s: from_s + least_s + chance.below(most_s - least_s), cause });
    };
    for _ in 0..chance.below(5) {
        draw(chance, GapCause::NetworkLost, 5, 6 * MINUTE_S);
    }
    if chance.below(4) == 0 {
        draw(chance, GapCause::CameraOffline, MINUTE_S, 3 * 60 * MINUTE_S);
    }
    if chance.below(7) == 0 {
        draw(chance, GapCause::GatewayDown, 4, 90);
    }
    if chance.below(20) == 0 {
        draw(chance, GapCause::BadStream, 3, 40);
    }
    gaps.sort_unstable_by_key(|gap| gap.from_s);
    // what overlaps is one gap of the first cause
    gaps.dedup_by(|gap, before| {
        let touches = gap.from_s <= before.to_s;
        before.to_s = if touches { before.to_s.max(gap.to_s) } else { before.to_s };
        touches
    });
    gaps
}

/// Returns the files of a day that begins at `begin`: whole minutes, cut where a gap lies.
pub(super) fn files(begin: WallTime, gaps: &[Gap]) -> Vec<TimeRange> {
    let at = |second: u64| begin + Duration::from_secs(second);
    let mut files = Vec::new();
    let (mut from_s, mut gaps) = (0, gaps.iter().peekable());
    while from_s < DAY_S {
        let minute_ends = (from_s / MINUTE_S + 1) * MINUTE_S;
        match gaps.peek() {
            Some(gap) if gap.from_s < minute_ends => {
                files.extend(TimeRange::new(at(from_s), at(gap.from_s)).filter(|file| file.length() > Duration::ZERO));
                from_s = gap.to_s;
                gaps.next();
            }
            _ => {
                files.extend(TimeRange::new(at(from_s), at(minute_ends)));
                from_s = minute_ends;
            }
        }
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_gaps_are_the_whole_day() {
        let begin = WallTime::from_micros(0);
        for seed in 0..200 {
            let gaps = gaps(&mut Chance::new(seed));
            let files = files(begin, &gaps);
            let footage: Duration = files.iter().map(|file| file.length()).sum();
            let missing: u64 = gaps.iter().map(|gap| gap.to_s - gap.from_s).sum();
            assert_eq!(footage + Duration::from_secs(missing), Duration::from_secs(DAY_S), "seed {seed}");
            assert!(files.windows(2).all(|pair| pair[0].end() <= pair[1].start()));
            assert!(files.iter().all(|file| file.length() <= Duration::from_secs(MINUTE_S)));
        }
    }
}
