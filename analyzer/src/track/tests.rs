use super::*;
use proptest::prelude::*;

fn at(ms: i64) -> WallTime {
    WallTime::from_micros(ms * 1000)
}

fn person(x: f32, score: f32) -> Person {
    Person { bbox: BBox { x1: x, y1: 0.3, x2: x + 0.1, y2: 0.8 }, score }
}

fn ids(tracker: &Tracker) -> Vec<u64> {
    tracker.confirmed().map(|track| track.id.0).collect()
}

#[test]
fn a_single_sighting_is_no_track() {
    let mut tracker = Tracker::new(TrackSettings::default());
    tracker.update(at(0), &[person(0.5, 0.9)]);
    assert!(ids(&tracker).is_empty());
    assert!(tracker.has_anybody());
    tracker.update(at(500), &[]);
    assert!(!tracker.has_anybody());
}

#[test]
fn a_walker_keeps_his_number() {
    let mut tracker = Tracker::new(TrackSettings::default());
    for step in 0..10_i16 {
        tracker.update(at(i64::from(step) * 500), &[person(0.05 + 0.07 * f32::from(step), 0.8)]);
    }
    assert_eq!(ids(&tracker), [1]);
}

#[test]
fn a_faint_detection_keeps_a_track_but_starts_none() {
    let mut tracker = Tracker::new(TrackSettings::default());
    tracker.update(at(0), &[person(0.2, 0.9)]);
    for step in 1..8 {
        tracker.update(at(step * 500), &[person(0.2, 0.3), person(0.7, 0.3)]);
    }
    assert_eq!(ids(&tracker), [1]);
}

#[test]
fn a_track_survives_a_short_cover_and_ends_after_a_long_one() {
    let mut tracker = Tracker::new(TrackSettings::default());
    tracker.update(at(0), &[person(0.2, 0.9)]);
    tracker.update(at(500), &[person(0.2, 0.9)]);
    tracker.update(at(1000), &[]);
    tracker.update(at(2500), &[person(0.21, 0.9)]);
    assert_eq!(ids(&tracker), [1]);
    tracker.update(at(6000), &[]);
    assert!(!tracker.has_anybody());
}

#[test]
fn two_people_side_by_side_are_two_tracks() {
    let mut tracker = Tracker::new(TrackSettings::default());
    for step in 0..6 {
        tracker.update(at(step * 500), &[person(0.62, 0.7), person(0.5, 0.8)]);
    }
    assert_eq!(ids(&tracker), [1, 2]);
}

#[test]
fn a_box_between_two_sightings_is_interpolated() {
    let mut tracker = Tracker::new(TrackSettings::default());
    tracker.update(at(0), &[person(0.2, 0.9)]);
    tracker.update(at(500), &[person(0.24, 0.9)]);
    let track = tracker.confirmed().next().unwrap();
    assert!((track.bbox_at(at(250)).unwrap().x1 - 0.22).abs() < 1e-4);
    assert!(track.bbox_at(at(750)).unwrap().x1 > 0.24);
    assert!(track.bbox_at(at(1600)).is_none());
}

#[test]
fn who_walks_or_comes_is_not_settled() {
    let mut tracker = Tracker::new(TrackSettings::default());
    for step in 0..3 {
        tracker.update(at(step * 500), &[person(0.2, 0.9)]);
    }
    assert!(tracker.is_settled());
    tracker.update(at(1500), &[person(0.25, 0.9)]);
    assert!(!tracker.is_settled(), "walks");
    tracker.update(at(2000), &[person(0.25, 0.9), person(0.7, 0.9)]);
    assert!(!tracker.is_settled(), "somebody came");
    tracker.update(at(2500), &[person(0.7, 0.9)]);
    assert!(!tracker.is_settled(), "somebody is covered");
}

proptest! {
    #[test]
    fn numbers_are_unique_and_never_reused(
        pictures in prop::collection::vec(prop::collection::vec((0.0f32..0.9, 0.0f32..1.0), 0..6), 1..40)
    ) {
        let mut tracker = Tracker::new(TrackSettings::default());
        let mut gone: Vec<u64> = Vec::new();
        let mut known: Vec<u64> = Vec::new();
        for (step, persons) in pictures.iter().enumerate() {
            let persons: Vec<Person> = persons.iter().map(|&(x, score)| person(x, score)).collect();
            tracker.update(at(i64::try_from(step).unwrap() * 500), &persons);
            let now: Vec<u64> = tracker.tracks.iter().map(|track| track.id.0).collect();
            let mut unique = now.clone();
            unique.dedup();
            prop_assert_eq!(&unique, &now);
            gone.extend(known.iter().filter(|id| !now.contains(id)));
            prop_assert!(now.iter().all(|id| !gone.contains(id)));
            prop_assert!(now.len() <= persons.len() + known.len());
            known = now;
        }
    }
}
