use super::*;
use proptest::prelude::*;

fn at(second: i64) -> WallTime {
    WallTime::from_micros(second * 1_000_000)
}

fn range(from: i64, to: i64) -> TimeRange {
    TimeRange::new(at(from), at(to)).unwrap()
}

fn gap(from: i64, to: Option<i64>, cause: GapCause) -> ToldGap {
    ToldGap { from: at(from), to: to.map(at), cause, detail: String::new() }
}

fn told(timeline: &Timeline) -> Vec<(i64, Option<i64>, &'static str)> {
    let second = |time: WallTime| time.micros() / 1_000_000;
    timeline.holes.iter().map(|hole| (second(hole.from), hole.to.map(second), hole.why.as_str())).collect()
}

#[test]
fn what_nobody_explains_is_said_to_be_not_recorded() {
    let known = Known {
        service: Some((at(0), None)),
        spans: vec![range(0, 60), range(60, 100), range(200, 300)],
        gaps: vec![gap(120, Some(150), GapCause::NetworkLost)],
        last_word: Some(at(300)),
        alive_at: None,
        now: at(400),
    };
    let timeline = cover(&known, range(-50, 400));
    assert_eq!(timeline.spans, [range(0, 100), range(200, 300)]);
    let expected = [
        (100, Some(120), "not_recorded"),
        (120, Some(150), "network_lost"),
        (150, Some(200), "not_recorded"),
        (300, None, "not_recorded"),
    ];
    assert_eq!(told(&timeline), expected);
}

#[test]
fn the_file_being_written_counts_as_recording_as_long_as_there_is_a_sign_of_it() {
    let mut known = Known {
        service: Some((at(0), None)),
        spans: vec![range(0, 60)],
        gaps: vec![],
        last_word: Some(at(60)),
        alive_at: Some(at(90)),
        now: at(95),
    };
    assert_eq!(told(&cover(&known, range(0, 95))), [(60, None, "recording")]);
    assert_eq!(told(&cover(&known, range(0, 80))), [(60, Some(80), "recording")]);
    known.now = at(500);
    let later = cover(&known, range(0, 500));
    assert_eq!(told(&later), [(60, Some(150), "recording"), (150, None, "not_recorded")]);
    known.gaps = vec![gap(70, None, GapCause::CameraOffline)];
    (known.last_word, known.now) = (Some(at(70)), at(95));
    assert_eq!(told(&cover(&known, range(0, 95))), [(60, Some(70), "not_recorded"), (70, None, "camera_offline")]);
}

#[test]
fn a_camera_taken_out_of_use_owes_nothing_afterwards() {
    let service = Some((at(10), Some(at(20))));
    let known = Known { service, spans: vec![range(10, 15)], now: at(100), ..Known::default() };
    let timeline = cover(&known, range(0, 100));
    assert_eq!(told(&timeline), [(15, Some(20), "not_recorded")]);
    assert_eq!(cover(&Known::default(), range(0, 100)), Timeline::default());
}

#[test]
fn a_coarse_timeline_shows_every_gap() {
    let known = Known {
        service: Some((at(0), None)),
        spans: vec![range(0, 100), range(101, 110), range(115, 900)],
        gaps: vec![gap(100, Some(101), GapCause::NetworkLost), gap(110, Some(115), GapCause::DiskFull)],
        now: at(900),
        ..Known::default()
    };
    let fine = cover(&known, range(0, 900));
    let coarse = coarsen(fine.clone(), Duration::from_secs(30), at(900));
    assert_eq!(told(&coarse), [(100, Some(115), "disk_full")]);
    assert_eq!((coarse.holes[0].count, coarse.holes[0].missing), (2, Duration::from_secs(6)));
    assert_eq!(coarse.spans, [range(0, 100), range(115, 900)]);
    assert_eq!(coarsen(fine.clone(), Duration::ZERO, at(900)), fine);
}

proptest! {
    #[test]
    fn every_instant_of_the_service_is_said_once(
        spans in prop::collection::vec((0i64..200, 0i64..40), 0..8),
        gaps in prop::collection::vec((0i64..200, prop::option::of(0i64..60)), 0..6),
        window in (-20i64..220, 1i64..150),
        service in (0i64..100, prop::option::of(50i64..200)),
        alive in prop::option::of(0i64..220),
        resolution in 0u64..20,
    ) {
        let mut spans: Vec<_> = spans.into_iter().map(|(start, length)| range(start, start + length)).collect();
        spans.sort_by_key(|span| span.start());
        let mut gaps: Vec<_> =
            gaps.into_iter().map(|(start, length)| gap(start, length.map(|length| start + length), GapCause::Overload)).collect();
        gaps.sort_by_key(|gap| gap.from);
        let last_word = spans.iter().map(|span| span.end()).chain(gaps.iter().map(|gap| gap.to.unwrap_or(gap.from))).max();
        let service = (at(service.0), service.1.map(at));
        let known = Known { service: Some(service), spans, gaps, last_word, alive_at: alive.map(at), now: at(400) };
        let wanted = range(window.0, window.0 + window.1);
        let end = service.1.map_or(wanted.end(), |end| end.min(wanted.end()));
        for timeline in [cover(&known, wanted), coarsen(cover(&known, wanted), Duration::from_secs(resolution), end)] {
            let mut pieces: Vec<_> = timeline.spans.iter().map(|span| (span.start(), span.end())).collect();
            pieces.extend(timeline.holes.iter().map(|hole| (hole.from, hole.to.unwrap_or(end))));
            pieces.sort_unstable();
            let begin = wanted.start().max(service.0);
            if begin >= end {
                prop_assert!(pieces.is_empty());
                continue;
            }
            prop_assert_eq!(pieces.first().map(|piece| piece.0), Some(begin));
            prop_assert_eq!(pieces.last().map(|piece| piece.1), Some(end));
            prop_assert!(pieces.windows(2).all(|pair| pair[0].1 == pair[1].0), "{:?}", pieces);
        }
    }
}
