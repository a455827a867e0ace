//! A bin of the footage, read by pictures that its own camera took of it.

#![allow(clippy::unwrap_used, reason = "clippy knows test functions, not their helpers")]

mod play;

use mingchu_analyzer::{
    Config, Picture, bins,
    chain::{Chain, KnownBin},
    cv,
    detect::Scripted,
    judge::{Finding, Zone},
    track::head::grown,
};
use mingchu_domain::{
    geometry::Polygon,
    id::{BinId, ZoneId},
    rule::{Lid, RuleCode, RulePack},
    time::WallTime,
};
use play::Clip;
use std::time::Duration;

/// A bin's picture shows this much around it, as the page that takes them does.
const AROUND: f32 = 0.3;

struct Kitchen {
    chain: Chain,
    closed: Vec<Picture>,
    open: Vec<Picture>,
    start: WallTime,
}

/// Every other picture of the clip is one that a person took of the bin; the others are what the camera sees later.
fn kitchen() -> Kitchen {
    let clip = Clip::all().into_iter().find(|clip| clip.name == "bin_open").expect("tests/footage/clips is committed");
    let (outline, _) = clip.bin(Duration::ZERO);
    let around = grown(bins::box_of(&outline), AROUND);
    let (mut references, mut closed, mut open) = (Vec::new(), Vec::new(), Vec::new());
    for (number, picture) in clip.sub_pictures().into_iter().enumerate() {
        let (_, lid) = clip.bin(picture.at().since(WallTime::default()));
        if number % 2 == 0 {
            let jpeg = cv::jpeg(&picture, around, u32::MAX, 85).unwrap();
            references.push((lid, cv::read_jpeg(&jpeg, picture.at()).unwrap().unwrap()));
        } else if lid == Lid::Closed {
            closed.push(picture);
        } else {
            open.push(picture);
        }
    }
    let zone = Zone { id: ZoneId::generate(), kind: clip.zone(), outline: Polygon::whole() };
    let bin = KnownBin { id: BinId::generate(), outline, references };
    let chain = Chain::new(&Config::default(), &RulePack::national(), vec![zone]);
    let start = WallTime::from_micros(1_763_700_000_000_000);
    Kitchen { chain: chain.at_site(mingchu_analyzer::judge::Site::default(), vec![bin]), closed, open, start }
}

impl Kitchen {
    /// Shows the bin closed or open from `from` until `until`, a picture each 10 s; returns the findings of bins.
    fn watch(&mut self, lid: Lid, from: u64, until: u64) -> Vec<Finding> {
        let mut detector = Scripted { persons: |_| Vec::new(), faces: |_| Vec::new(), covered: |_, _| 0.5 };
        for second in (from..until).step_by(10) {
            let pictures = if lid == Lid::Closed { &self.closed } else { &self.open };
            let seen = &pictures[usize::try_from(second / 10).unwrap() % pictures.len()];
            let at = self.start + Duration::from_secs(second);
            self.chain.look_at_place(&seen.clone().taken_at(at), &mut detector).unwrap();
        }
        self.chain.take_findings().into_iter().map(|(finding, _)| finding).collect()
    }
}

#[test]
fn a_bin_left_open_in_the_footage_is_found_after_three_minutes_alone() {
    let mut kitchen = kitchen();
    assert!(kitchen.watch(Lid::Closed, 0, 600).is_empty(), "a closed bin may stand for ever");
    assert!(kitchen.watch(Lid::Open, 600, 780).is_empty(), "somebody may come back within three minutes");
    let found = kitchen.watch(Lid::Open, 780, 800);
    let [Finding::Opened(opened), ..] = &found[..] else { panic!("{found:?}") };
    assert_eq!((opened.code, opened.started_at), (RuleCode::BinOpen, kitchen.start + Duration::from_secs(600)));
    assert_eq!(opened.figures.votes, opened.figures.of, "every reading said open");
}

#[test]
fn a_bin_closed_in_time_is_no_violation() {
    let mut kitchen = kitchen();
    for round in 0..3 {
        let from = round * 200;
        assert!(kitchen.watch(Lid::Open, from, from + 160).is_empty());
        assert!(kitchen.watch(Lid::Closed, from + 160, from + 200).is_empty());
    }
}
