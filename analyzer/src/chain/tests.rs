use super::*;
use crate::{
    detect::{HatSeen, HatState, HeadSeen, Scripted},
    judge::Face,
    track::Person,
};
use mingchu_domain::{geometry::Polygon, id::ZoneId, place::ZoneKind};

const COOK: BBox = BBox { x1: 0.4, y1: 0.2, x2: 0.55, y2: 0.9 };

fn at(ms: i64) -> WallTime {
    WallTime::from_micros(1_763_700_000_000_000 + ms * 1000)
}

fn picture(ms: i64, width: u32, height: u32) -> Picture {
    // Tiles: a picture without edges would be a covered lens.
    let tile = |x: u8, y: u8| [60 + (x + y) % 4 * 30; 3].repeat((width / 16) as usize);
    let row = |y: u8| (0..16).flat_map(|x| tile(x, y)).collect::<Vec<u8>>().repeat((height / 9) as usize);
    Picture::new(at(ms), width, height, (0..9).flat_map(row).collect::<Vec<u8>>().into()).unwrap()
}

fn chain(kind: ZoneKind) -> Chain {
    let zone = Zone { id: ZoneId::generate(), kind, outline: Polygon::whole() };
    Chain::new(&Config::default(), &RulePack::national(), vec![zone])
}

/// Plays `seconds` of a kitchen: two sub pictures and one main picture a second.
fn play(chain: &mut Chain, detector: &mut dyn Detector, seconds: i64) -> Vec<String> {
    let mut timeline = Vec::new();
    for second in 0..seconds {
        for half in [0, 500] {
            chain.look_for_persons(&picture(second * 1000 + half, 64, 36), detector).unwrap();
        }
        let look = chain.look_at_heads(&picture(second * 1000, 1280, 720), detector).unwrap();
        for (finding, pictures) in look.findings {
            timeline.push(match finding {
                Finding::Opened(opened) => format!(
                    "{second} s: {} opened for track {} in {}, {} of {}, confidence {:.2}, {} pictures",
                    opened.code.as_str(),
                    opened.track.0,
                    opened.zone.as_str(),
                    opened.figures.votes,
                    opened.figures.of,
                    opened.figures.confidence,
                    pictures.unwrap().frames.len(),
                ),
                Finding::Continued { code, merged, .. } => {
                    format!("{second} s: {} goes on, {merged} merged", code.as_str())
                }
            });
        }
    }
    timeline
}

/// One cook from second 5 on, bare-headed until second 40, without mask from second 50 on.
fn one_cook() -> impl Detector {
    let second = |now: WallTime| i64::try_from(now.since(at(0)).as_secs()).unwrap();
    Scripted {
        persons: move |now| (second(now) >= 5).then_some(Person { bbox: COOK, score: 0.8 }).into_iter().collect(),
        faces: move |now| {
            let bare = if second(now) >= 50 { 0.9 } else { 0.02 };
            let bbox = BBox { x1: 0.46, y1: 0.24, x2: 0.49, y2: 0.3 };
            vec![Face { bbox, masked: 0.92 - bare, bare }]
        },
        covered: move |now, _| if second(now) < 40 { 0.2 } else { 0.8 },
    }
}

#[test]
fn a_scripted_kitchen_gives_its_timeline() {
    let timeline = play(&mut chain(ZoneKind::Serving), &mut one_cook(), 90);
    insta::assert_snapshot!(timeline.join("\n"), @r"
    10 s: no_hat opened for track 1 in serving, 6 of 6, confidence 0.80, 3 pictures
    58 s: no_mask opened for track 1 in serving, 8 of 11, confidence 0.90, 3 pictures
    ");
}

#[test]
fn a_replayed_minute_gives_the_same_findings() {
    let run = || play(&mut chain(ZoneKind::Serving), &mut one_cook(), 60);
    assert_eq!(run(), run());
}

#[test]
fn a_mask_is_only_advice_in_a_cooking_room() {
    let timeline = play(&mut chain(ZoneKind::Cooking), &mut one_cook(), 90);
    assert!(timeline.iter().all(|line| line.contains("no_hat")), "{timeline:?}");
}

#[test]
fn a_still_kitchen_is_looked_at_only_every_five_seconds_and_a_cook_at_once() {
    let looks = std::cell::Cell::new(0);
    let mut empty = Scripted { persons: |_| Vec::new(), faces: |_| Vec::new(), covered: |_, _| 0.0 };
    let mut chain = chain(ZoneKind::Serving);
    for step in 0..40 {
        if chain.look_for_persons(&picture(step * 500, 64, 36), &mut empty).unwrap() == PersonLook::Looked {
            looks.set(looks.get() + 1);
        }
    }
    assert_eq!(looks.get(), 4);
    let mut somebody = one_cook();
    let changed = Picture::new(
        at(20_000),
        64,
        36,
        Bytes::from(vec![30u8; 64 * 18 * 3].into_iter().chain(vec![90u8; 64 * 18 * 3]).collect::<Vec<u8>>()),
    );
    assert_eq!(chain.look_for_persons(&changed.unwrap(), &mut somebody).unwrap(), PersonLook::Looked);
}

#[test]
fn two_heads_in_one_place_are_not_judged() {
    let behind = BBox { x1: 0.41, x2: 0.56, ..COOK };
    let mut two = Scripted {
        persons: |_| vec![Person { bbox: COOK, score: 0.9 }, Person { bbox: behind, score: 0.8 }],
        faces: |_| Vec::new(),
        covered: |_, _| 0.1,
    };
    let mut chain = chain(ZoneKind::Serving);
    assert!(play(&mut chain, &mut two, 30).is_empty());
    let shares: Vec<_> = chain.take_coverage();
    assert!(shares[0].1.cannot_judge_ms > 20_000, "{shares:?}");
}

#[test]
fn nothing_is_judged_without_models_even_in_a_still_kitchen() {
    let mut chain = chain(ZoneKind::Serving);
    for step in 0..20 {
        chain.look_for_persons(&picture(step * 500, 64, 36), &mut crate::detect::Networks::default()).unwrap();
    }
    let shares = chain.coverage.take();
    assert!(shares.iter().all(|(_, hour)| hour.observed_ms > 0 && hour.judged_ms == 0), "{shares:?}");
}

/// A detector whose head classifier says where the head is; `looked_at` are the regions that were given to it.
struct FindsHeads {
    persons: Vec<(BBox, Option<BBox>)>,
    looked_at: Vec<BBox>,
}

impl Detector for FindsHeads {
    fn persons(&mut self, _picture: &Picture) -> Result<Option<Vec<Person>>, DetectError> {
        Ok(Some(self.persons.iter().map(|&(bbox, _)| Person { bbox, score: 0.9 }).collect()))
    }
    fn head(&mut self, _picture: &Picture, region: BBox) -> Result<Option<HeadSeen>, DetectError> {
        self.looked_at.push(region);
        let nearest = self.persons.iter().find(|(person, _)| person.x1 <= region.x1 && region.x2 <= person.x2);
        let hat = HatSeen { state: HatState::Bare, covered: 0.02 };
        Ok(Some(HeadSeen { hat: Some(hat), mask: None, bbox: nearest.and_then(|&(_, head)| head) }))
    }
    fn faces(&mut self, _picture: &Picture, _region: BBox) -> Result<Option<Vec<Face>>, DetectError> {
        Ok(None)
    }
    fn covered(&mut self, _picture: &Picture, _region: BBox) -> Result<Option<f32>, DetectError> {
        Ok(None)
    }
    fn masked(&mut self, _picture: &Picture, _region: BBox) -> Result<Option<f32>, DetectError> {
        Ok(None)
    }
}

#[test]
fn a_head_is_looked_for_where_it_was_found_and_its_size_is_that_of_what_was_found() {
    let head = BBox { x1: 0.42, y1: 0.21, x2: 0.46, y2: 0.30 };
    let mut finds = FindsHeads { persons: vec![(COOK, Some(head))], looked_at: Vec::new() };
    let mut chain = chain(ZoneKind::Serving);
    let timeline = play(&mut chain, &mut finds, 20);
    assert!(timeline[0].contains("no_hat opened"), "{timeline:?}");
    let (first, later) = (finds.looked_at[0], *finds.looked_at.last().unwrap());
    assert!(first.iou(head) < 0.7, "the guess {first:?} is the head already");
    assert!(later.iou(head) > 0.98, "{later:?}");

    // 4 % of 896 pixels are no head to judge, though the guess is larger.
    let narrow = |ms| picture(ms, 896, 504);
    let looks = |chain: &mut Chain, finds: &mut FindsHeads| chain.look_at_heads(&narrow(20_000), finds).unwrap().judged;
    let judged = looks(&mut chain, &mut finds);
    let mask = judged.iter().find(|judged| judged.code == RuleCode::NoMask).unwrap();
    assert_eq!(mask.ballot.judgement.why, Some(WhyNot::TooSmall), "{mask:?}");
}

#[test]
fn one_head_found_on_two_persons_is_nobodys_and_guessed_anew() {
    let head = BBox { x1: 0.47, y1: 0.21, x2: 0.52, y2: 0.30 };
    let behind = BBox { x1: 0.47, x2: 0.62, ..COOK };
    let mut finds = FindsHeads { persons: vec![(COOK, Some(head)), (behind, Some(head))], looked_at: Vec::new() };
    let mut chain = chain(ZoneKind::Serving);
    for ms in [0, 500, 1000] {
        chain.look_for_persons(&picture(ms, 64, 36), &mut finds).unwrap();
    }
    let overlaps = |chain: &mut Chain, finds: &mut FindsHeads, ms: i64| {
        let judged = chain.look_at_heads(&picture(ms, 1280, 720), finds).unwrap().judged;
        judged.iter().filter(|judged| judged.ballot.judgement.why == Some(WhyNot::Overlap)).count()
    };
    assert_eq!(overlaps(&mut chain, &mut finds, 1000), 0, "guesses lie apart");
    assert!(overlaps(&mut chain, &mut finds, 1100) > 0);
    assert_eq!(overlaps(&mut chain, &mut finds, 1200), 0, "guessed anew");
}
