use super::*;
use bytes::Bytes;
use mingchu_domain::{
    media::{Codec, VideoParameters},
    time::MediaTime,
};
use proptest::prelude::*;
use std::sync::Arc;

fn unit(number: usize, every_ms: i64, is_key: bool, bytes: usize) -> AccessUnit {
    let parameters = VideoParameters {
        codec: Codec::H264,
        codec_string: "avc1".to_owned(),
        width: 640,
        height: 360,
        sample_entry: Bytes::new(),
    };
    let ms = i64::try_from(number).unwrap() * every_ms;
    AccessUnit {
        parameters: Arc::new(parameters),
        is_key,
        pts_90k: MediaTime(ms * 90),
        arrived_at: WallTime::from_micros(ms * 1000),
        data: Bytes::from(vec![0; bytes]),
    }
}

/// A camera with 25 units a second, a key unit each `gop` of them.
fn camera(units: usize, gop: usize) -> Vec<AccessUnit> {
    (0..units).map(|n| unit(n, 40, n % gop == 0, if n % gop == 0 { 9000 } else { 400 })).collect()
}

fn numbers(units: &[AccessUnit]) -> Vec<i64> {
    units.iter().map(|unit| unit.arrived_at.micros() / 40_000).collect()
}

#[test]
fn a_calm_scene_is_decoded_by_key_units_alone() {
    let mut doze = Doze::default();
    let decoded: Vec<AccessUnit> = camera(250, 50).into_iter().flat_map(|unit| doze.take(unit, true)).collect();
    // The first key unit does not tell yet how far apart they are.
    assert_eq!(numbers(&decoded[50..]), [50, 100, 150, 200]);
}

#[test]
fn a_scene_that_is_not_calm_is_decoded_whole() {
    let mut doze = Doze::default();
    assert!(camera(250, 50).into_iter().all(|unit| doze.take(unit, false).len() == 1));
}

#[test]
fn a_change_hands_over_what_was_held_so_that_the_decoder_misses_nothing() {
    let mut doze = Doze::default();
    let decoded: Vec<AccessUnit> =
        camera(150, 50).into_iter().enumerate().flat_map(|(n, unit)| doze.take(unit, n < 120)).collect();
    let expected: Vec<i64> = (0..=50).chain(100..150).collect();
    assert_eq!(numbers(&decoded), expected);
}

#[test]
fn a_large_unit_wakes_at_once() {
    let mut doze = Doze::default();
    let mut units = camera(150, 50);
    units[75] = unit(75, 40, false, 900);
    let decoded: Vec<AccessUnit> = units.into_iter().flat_map(|unit| doze.take(unit, true)).collect();
    let expected: Vec<i64> = (0..100).chain([100]).collect();
    assert_eq!(numbers(&decoded), expected);
}

#[test]
fn a_camera_that_repeats_pictures_sleeps_all_the_same() {
    let mut doze = Doze::default();
    let units = (0..250).map(|n| unit(n, 40, n % 50 == 0, if n % 3 == 0 { 2000 } else { 30 }));
    let decoded: Vec<AccessUnit> = units.flat_map(|unit| doze.take(unit, true)).collect();
    assert_eq!(numbers(&decoded[50..]), [50, 100, 150, 200]);
}

#[test]
fn a_camera_with_few_key_units_is_decoded_whole() {
    let mut doze = Doze::default();
    assert!(camera(500, 100).into_iter().all(|unit| doze.take(unit, true).len() == 1));
}

#[test]
fn key_units_that_stay_away_end_the_doze() {
    let mut doze = Doze::default();
    let stays_away = |n: usize| n.is_multiple_of(50) && n < 150;
    let units = (0..200).map(|n| unit(n, 40, stays_away(n), 400));
    let decoded: Vec<AccessUnit> = units.flat_map(|unit| doze.take(unit, true)).collect();
    let expected: Vec<i64> = (0..=50).chain(100..200).collect();
    assert_eq!(numbers(&decoded), expected);
}

proptest! {
    /// Whatever the scene does: the decoder gets units in order, each after everything since its key unit, and at any
    /// time the last picture it could give is at most the bound old.
    #[test]
    fn the_decoder_never_misses_a_reference_and_never_waits_longer_than_the_bound(
        gop in 1usize..80, calm in prop::collection::vec(any::<bool>(), 300), sizes in prop::collection::vec(100usize..3000, 300)
    ) {
        let mut doze = Doze::default();
        let mut decoded: Vec<i64> = Vec::new();
        for n in 0..300 {
            let ready = doze.take(unit(n, 40, n % gop == 0, sizes[n]), calm[n]);
            for number in numbers(&ready) {
                let is_key = usize::try_from(number).unwrap() % gop == 0;
                let last = decoded.last().copied();
                prop_assert!(last.is_none_or(|last| number > last));
                prop_assert!(is_key || last == Some(number - 1), "unit {number} after {last:?}");
                decoded.push(number);
            }
            let age = Duration::from_millis(40 * (n as u64 - u64::try_from(*decoded.last().unwrap()).unwrap()));
            prop_assert!(age <= KEY_AT_LEAST_EVERY, "{age:?} after unit {n}");
        }
    }
}
