use super::*;
use mingchu_domain::{geometry::Polygon, rule::WhyNot, violation::Observation};
use proptest::prelude::*;

fn at(second: i64) -> WallTime {
    WallTime::from_micros(1_700_000_000_000_000 + second * 1_000_000)
}

fn judge(kind: ZoneKind) -> Judge {
    let zone = Zone { id: ZoneId::generate(), kind, outline: Polygon::whole() };
    Judge::new(&RulePack::national(), vec![zone])
}

const PERSON: BBox = BBox { x1: 0.4, y1: 0.2, x2: 0.5, y2: 0.8 };

fn ballot(second: i64, state: Observation, head_px: f32) -> Ballot {
    let confidence = if state == Observation::CannotJudge { 0.0 } else { 0.8 };
    Ballot {
        at: at(second),
        judgement: Judgement { state, confidence, why: None },
        subject: PERSON,
        head: Some(PERSON),
        head_px: Some(head_px),
    }
}

/// Lets each track be seen for `seconds`, once a second, and returns the findings with their second.
fn run(
    judge: &mut Judge,
    code: RuleCode,
    seconds: std::ops::Range<i64>,
    tracks: &[(u64, Observation, f32)],
) -> Vec<(i64, Finding)> {
    let mut findings = Vec::new();
    for second in seconds {
        let standing: Vec<(TrackId, BBox)> = tracks.iter().map(|&(id, ..)| (TrackId(id), PERSON)).collect();
        judge.stand(at(second), &standing);
        for &(id, state, px) in tracks {
            findings.extend(judge.cast(TrackId(id), code, ballot(second, state, px)).1.map(|found| (second, found)));
        }
    }
    findings
}

#[test]
fn a_bare_head_in_a_cooking_room_opens_one_violation_with_three_pictures() {
    let findings = run(&mut judge(ZoneKind::Cooking), RuleCode::NoHat, 0..25, &[(1, Observation::Violating, 60.0)]);
    let [(second, Finding::Opened(opened))] = findings.as_slice() else { panic!("{findings:?}") };
    assert_eq!(*second, 5, "half of the window of ten seconds");
    assert_eq!((opened.figures.votes, opened.figures.of, opened.frames.len()), (6, 6, 3));
    assert_eq!((opened.started_at, opened.ended_at), (at(0), at(5)));
}

#[test]
fn a_small_head_is_not_judged() {
    let mut judge = judge(ZoneKind::Cooking);
    assert!(run(&mut judge, RuleCode::NoHat, 0..60, &[(1, Observation::Violating, 39.0)]).is_empty());
    assert_eq!(
        judge.cast(TrackId(1), RuleCode::NoHat, ballot(60, Observation::Violating, 39.0)).0.why,
        Some(WhyNot::TooSmall)
    );
}

#[test]
fn advice_is_judged_but_opens_nothing() {
    let mut judge = judge(ZoneKind::Cooking);
    assert!(run(&mut judge, RuleCode::NoMask, 0..60, &[(1, Observation::Violating, 60.0)]).is_empty());
    let (judged, _) = judge.cast(TrackId(1), RuleCode::NoMask, ballot(60, Observation::Violating, 60.0));
    assert_eq!(judged.state, Observation::Violating);
}

#[test]
fn a_second_person_within_the_cool_down_is_merged() {
    let mut judge = judge(ZoneKind::Serving);
    let bare = Observation::Violating;
    let first = run(&mut judge, RuleCode::NoHat, 0..12, &[(1, bare, 60.0)]);
    let second = run(&mut judge, RuleCode::NoHat, 60..80, &[(2, bare, 60.0)]);
    assert_eq!(first.len(), 1);
    assert_eq!(second, [(65, Finding::Continued { code: RuleCode::NoHat, ended_at: at(65), merged: 1 })]);
    let after = run(&mut judge, RuleCode::NoHat, 800..820, &[(3, bare, 60.0)]);
    assert!(matches!(after.as_slice(), [(_, Finding::Opened(_))]), "{after:?}");
}

#[test]
fn a_violation_that_goes_on_is_reported_every_half_minute() {
    let findings = run(&mut judge(ZoneKind::Serving), RuleCode::NoHat, 0..100, &[(1, Observation::Violating, 60.0)]);
    let seconds: Vec<i64> = findings.iter().map(|&(second, _)| second).collect();
    assert_eq!(seconds, [5, 35, 65, 95]);
}

#[test]
fn hat_and_mask_have_their_own_cool_down() {
    let mut judge = judge(ZoneKind::Serving);
    let bare = [(1, Observation::Violating, 60.0)];
    assert_eq!(run(&mut judge, RuleCode::NoHat, 0..12, &bare).len(), 1);
    assert_eq!(run(&mut judge, RuleCode::NoMask, 12..27, &bare).len(), 1);
    assert!(judge.is_cooling(RuleCode::NoHat, at(27)) && !judge.is_cooling(RuleCode::NoHat, at(700)));
}

#[test]
fn a_muted_rule_is_judged_but_opens_nothing_until_its_time() {
    let site = Site { mutes: BTreeMap::from([(RuleCode::NoHat, at(30))]), ..Site::default() };
    let mut judge = judge(ZoneKind::Cooking).at_site(site);
    let found = run(&mut judge, RuleCode::NoHat, 0..60, &[(1, Observation::Violating, 60.0)]);
    assert_eq!(found.iter().map(|&(second, _)| second).collect::<Vec<_>>(), [35]);
}

#[test]
fn a_rule_switched_off_in_a_zone_does_not_bind_there() {
    let judge = judge(ZoneKind::Cooking);
    let off = BTreeSet::from([(judge.zones[0].id, RuleCode::NoHat)]);
    let mut judge = judge.at_site(Site { off, ..Site::default() });
    assert!(run(&mut judge, RuleCode::NoHat, 0..30, &[(1, Observation::Violating, 60.0)]).is_empty());
    assert_eq!(
        (judge.duty(TrackId(1), RuleCode::NoHat), judge.duty(TrackId(1), RuleCode::NoMask)),
        (Duty::Off, Duty::Advisory)
    );
}

#[test]
fn somebody_in_the_kitchen_at_night_is_a_violation_and_at_noon_is_none() {
    let service = vec![mingchu_domain::rule::ServiceHours::default().window()];
    // Second 0 is 06:13 in Beijing.
    for (start, expected) in [(0, 0), (15 * 3600, 1)] {
        let mut judge = judge(ZoneKind::Storage).at_site(Site { service: service.clone(), ..Site::default() });
        let found = run(&mut judge, RuleCode::OffHours, start..start + 20, &[(1, Observation::Violating, 60.0)]);
        assert_eq!(found.len(), expected, "{found:?}");
    }
}

proptest! {
    #[test]
    fn a_replay_gives_the_same_findings(looks in prop::collection::vec((0u8..3, 20.0f32..90.0, 1u64..4), 1..120)) {
        let state = |s: u8| [Observation::Violating, Observation::Compliant, Observation::CannotJudge][usize::from(s)];
        let replay = || {
            let mut judge = judge(ZoneKind::Serving);
            let mut findings = Vec::new();
            for (second, &(s, px, track)) in (0..).zip(&looks) {
                judge.stand(at(second), &[(TrackId(1), PERSON), (TrackId(2), PERSON), (TrackId(3), PERSON)]);
                findings.extend(judge.cast(TrackId(track), RuleCode::NoHat, ballot(second, state(s), px)).1);
            }
            serde_json::to_string(&findings).unwrap()
        };
        prop_assert_eq!(replay(), replay());
    }

    #[test]
    fn nobody_who_keeps_the_rule_is_ever_reported(looks in prop::collection::vec((1u8..3, 20.0f32..90.0), 1..120)) {
        let mut judge = judge(ZoneKind::Serving);
        for (second, &(s, px)) in (0..).zip(&looks) {
            judge.stand(at(second), &[(TrackId(1), PERSON)]);
            let state = if s == 1 { Observation::Compliant } else { Observation::CannotJudge };
            prop_assert!(judge.cast(TrackId(1), RuleCode::NoHat, ballot(second, state, px)).1.is_none());
        }
    }
}
