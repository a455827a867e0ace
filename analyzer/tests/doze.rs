//! A kitchen in which nobody is: its sub stream is decoded by key units, and whoever comes in is found all the same.

#![allow(clippy::unwrap_used, reason = "clippy knows test functions, not their helpers")]

mod play;

use mingchu_analyzer::{
    Config, Picture,
    chain::{Chain, PersonLook},
    decode::{Decoder, Doze, Due, Output, Pace, read_clip},
    detect::Scripted,
    judge::Zone,
    track::Person,
};
use mingchu_domain::{geometry::Polygon, id::ZoneId, media::AccessUnit, rule::RulePack, time::WallTime};
use play::Clip;
use std::{collections::BTreeMap, path::Path, process::Command, time::Duration};
use tokio::sync::mpsc;

/// A sliver of a shoulder at the picture's edge is nobody yet.
const SOMEBODY: f32 = 0.3;
/// The scene is calm and key units are known to come often enough.
const SETTLED: Duration = Duration::from_secs(7);

fn empty_at_first() -> Clip {
    Clip::all().into_iter().find(|clip| clip.name == "night_person").expect("the clips are committed")
}

fn decode(units: &[AccessUnit], every: Duration) -> BTreeMap<WallTime, Picture> {
    let output = Output { pace: Pace::File, width_at_most: 640, every };
    let (sender, mut pictures) = mpsc::channel(units.len());
    let mut decoder = Decoder::start(&units[0].parameters, WallTime::default(), output, sender).unwrap();
    units.iter().for_each(|unit| decoder.push(unit).unwrap());
    decoder.finish().unwrap();
    std::iter::from_fn(|| pictures.try_recv().ok()).map(|picture| (picture.at(), picture)).collect()
}

/// The film is shown so much slower, so that it is still for longer.
const SLOWLY: u32 = 2;

/// The film, slowly, as a camera with `rate` pictures a second and a key unit each 2 s sends it.
fn with_rare_keys(film: &Path, target: &Path, rate: u32) -> Vec<AccessUnit> {
    let filter = format!("setpts={SLOWLY}*PTS,fps={rate}");
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-v", "error", "-nostdin", "-y", "-i"]).arg(film).args(["-vf", &filter, "-c:v", "libx264"]);
    ffmpeg.args(["-preset", "veryfast", "-bf", "0", "-crf", "24", "-g", &(2 * rate).to_string()]);
    assert!(ffmpeg.args(["-sc_threshold", "0", "-an"]).arg(target).status().unwrap().success());
    units(target)
}

fn units(film: &Path) -> Vec<AccessUnit> {
    read_clip(film, WallTime::default()).unwrap().map(Result::unwrap).collect()
}

/// What was decoded of a film that begins without anybody.
struct Watched {
    decoded: Vec<AccessUnit>,
    arrived: Duration,
    /// When the look began that found somebody.
    found: Duration,
}

/// Plays the units of a clip that is shown `slower`.
fn watch(clip: &Clip, units: &[AccessUnit], slower: u32) -> Watched {
    let zone = Zone { id: ZoneId::generate(), kind: clip.zone(), outline: Polygon::whole() };
    let mut chain = Chain::new(&Config::default(), &RulePack::national(), vec![zone]);
    let persons = |at: WallTime| {
        let there =
            clip.persons(at.since(WallTime::default()) / slower).into_iter().filter(|(.., seen)| *seen >= SOMEBODY);
        there.map(|(_, bbox, _)| Person { bbox, score: 0.9 }).collect::<Vec<_>>()
    };
    let mut detector = Scripted { persons, faces: |_| Vec::new(), covered: |_, _| 0.5 };
    let pictures = decode(units, Duration::ZERO);
    let (mut doze, mut due) = (Doze::default(), Due::new(Config::default().person_every()));
    let (mut decoded, mut found) = (Vec::new(), None);
    for unit in units {
        for ready in doze.take(unit.clone(), chain.is_calm()) {
            let picture = &pictures[&ready.arrived_at];
            if due.takes(ready.arrived_at.since(WallTime::default())) {
                let look = chain.look_for_persons(picture, &mut detector).unwrap();
                if look == PersonLook::Looked && !persons(picture.at()).is_empty() {
                    found.get_or_insert(unit.arrived_at.since(WallTime::default()));
                }
            }
            decoded.push(ready);
        }
    }
    let steps =
        (0..clip.length().as_millis() / 20).map(|n| slower * Duration::from_millis(u64::try_from(n).unwrap() * 20));
    let arrived = steps.into_iter().find(|&since| !persons(WallTime::default() + since).is_empty()).unwrap();
    Watched { decoded, arrived, found: found.expect("nobody was found") }
}

/// Checks that somebody is found within `bound` of coming in, and returns which share of the units before was decoded.
fn share_decoded(clip: &Clip, units: &[AccessUnit], slower: u32, bound: Duration) -> f64 {
    let Watched { decoded, arrived, found } = watch(clip, units, slower);
    assert!(arrived > SETTLED, "{arrived:?} is too soon for a doze");
    assert!(found >= arrived && found - arrived <= bound, "came in at {arrived:?}, found at {found:?}");
    let is_between = |unit: &&AccessUnit| {
        let since = unit.arrived_at.since(WallTime::default());
        since >= SETTLED && since < arrived
    };
    decoded.iter().filter(is_between).count() as f64 / units.iter().filter(is_between).count() as f64
}

#[test]
fn whoever_comes_in_is_found_though_only_key_units_were_decoded() {
    let clip = empty_at_first();
    let share = share_decoded(&clip, &units(clip.sub()), 1, Duration::from_millis(1600));
    assert!(share < 0.3, "{share} of the units were decoded before");
    let folder = tempfile::tempdir().unwrap();
    for rate in [10, 25] {
        let units = with_rare_keys(clip.sub(), &folder.path().join(format!("{rate}.mp4")), rate);
        let share = share_decoded(&clip, &units, SLOWLY, Duration::from_millis(2600));
        // Coarse coding of infrared noise differs from unit to unit, which wakes it now and then.
        assert!(share < 0.8, "{share} of the units were decoded before, {rate} a second");
    }
}

#[test]
fn what_is_decoded_after_a_doze_is_what_would_have_been_decoded_without() {
    let clip = empty_at_first();
    let units = units(clip.sub());
    let decoded = watch(&clip, &units, 1).decoded;
    assert!(decoded.len() < units.len());
    let (whole, after) = (decode(&units, Duration::ZERO), decode(&decoded, Duration::ZERO));
    assert_eq!(after.len(), decoded.len());
    for (at, picture) in &after {
        assert!(whole[at].bgr() == picture.bgr(), "another picture at {at}");
    }
}
