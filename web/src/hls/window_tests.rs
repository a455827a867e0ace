use super::*;
use proptest::prelude::*;

fn now(number: i64) -> WallTime {
    WallTime::from_micros(1_700_000_000_000_000 + number * 40_000)
}

fn bytes(found: Found) -> Option<Vec<u8>> {
    match found {
        Found::Here(chunks) => Some(chunks.concat()),
        Found::Later | Found::Never => None,
    }
}

fn begun() -> Window {
    let mut window = Window::new(7);
    window.init(Bytes::from_static(b"init"));
    window
}

#[test]
fn names_are_read_and_others_refused() {
    assert_eq!(Object::parse("init-7.mp4"), Some(Object::Init(7)));
    assert_eq!(Object::parse("seg-12.m4s"), Some(Object::Segment(12)));
    assert_eq!(Object::parse("part-12-3.m4s"), Some(Object::Part(12, 3)));
    for name in ["", "seg-.m4s", "seg-1.mp4", "part-1.m4s", "part-1--2.m4s", "../seg-1.m4s", "init--1.mp4"] {
        assert_eq!(Object::parse(name), None, "{name}");
    }
}

#[test]
fn nothing_is_kept_before_an_init_segment_and_a_key_picture() {
    let mut window = Window::new(7);
    window.fragment(Bytes::from_static(b"lost"), true, 0, now(0));
    window.init(Bytes::from_static(b"init"));
    window.fragment(Bytes::from_static(b"lost"), false, 0, now(0));
    assert!(window.segments.is_empty());
    assert_eq!(bytes(window.find(Object::Init(7))).unwrap(), b"init");
}

#[test]
fn a_segment_begins_at_a_key_picture_or_after_2_4_s_without_one() {
    let mut window = begun();
    for number in 0..100 {
        window.fragment(Bytes::from_static(b"x"), number == 0 || number == 30, number * 3_600, now(number));
    }
    let lengths: Vec<_> = window.segments.iter().map(|segment| segment.duration_90k).collect();
    assert_eq!(lengths, [Some(30 * 3_600), Some(61 * 3_600), None]);
    assert!(!window.segments[2].parts[0].is_independent);
}

#[test]
fn what_is_asked_too_early_comes_later_and_what_cannot_come_never() {
    let mut window = begun();
    for number in 0..7 {
        window.fragment(Bytes::from_static(b"x"), number == 0, number * 3_600, now(number));
    }
    // five pictures a part
    assert_eq!(window.next_part(), (7, 1));
    assert_eq!(window.find(Object::Part(7, 1)), Found::Later);
    assert_eq!(window.find(Object::Part(7, 2)), Found::Never);
    assert_eq!(window.find(Object::Segment(7)), Found::Later);
    assert_eq!(window.find(Object::Segment(8)), Found::Never);
    assert!(window.holds(6, None) && window.holds(7, Some(0)));
    assert!(!window.holds(7, Some(1)) && !window.holds(7, None));
    assert!(window.is_too_far(9) && !window.is_too_far(8));
}

#[test]
fn the_clock_of_a_burst_is_that_of_its_newest_picture() {
    let mut window = begun();
    for number in 0..50 {
        window.fragment(Bytes::from_static(b"x"), number == 0, number * 3_600, now(50));
    }
    assert_eq!(window.segments[0].started_at, now(50), "until a later picture is less late");
    window.fragment(Bytes::from_static(b"x"), true, 50 * 3_600, now(50));
    assert_eq!(window.segments[1].started_at, now(50));
}

#[test]
fn the_announced_part_is_the_one_that_comes_where_the_camera_keeps_its_pace() {
    let mut window = begun();
    let mut announced = std::collections::BTreeSet::new();
    for number in 0..300 {
        window.fragment(Bytes::from_static(b"x"), number % 50 == 0, number * 3_600, now(number));
        // the first group's length is not known before its end
        if number > 50 {
            announced.insert(window.hinted_part());
        }
    }
    assert!(announced.len() > 40);
    for (number, part) in announced {
        assert_ne!(window.find(Object::Part(number, part)), Found::Never, "part {part} of {number}");
    }
}

proptest! {
    /// Whatever the camera's pace, every picture is in one part, each part's bytes are in its segment, and lengths hold.
    #[test]
    fn every_picture_is_served_once(
        steps in proptest::collection::vec(1_500_i64..12_000, 60..400),
        keys in proptest::collection::vec(proptest::bool::weighted(0.05), 400),
    ) {
        let mut window = begun();
        let (mut pts, mut sent, mut served) = (0, Vec::new(), Vec::new());
        let mut seen = (7, 0);
        for (number, step) in steps.iter().enumerate() {
            let data = Bytes::from(format!("{number},"));
            sent.push(data.clone());
            window.fragment(data, number == 0 || keys[number], pts, now(0));
            pts += step;
            while let Some(part) = bytes(window.find(Object::Part(seen.0, seen.1))) {
                served.extend(part);
                seen.1 += 1;
                if window.next_part().0 > seen.0 && window.find(Object::Part(seen.0, seen.1)) == Found::Never {
                    seen = (seen.0 + 1, 0);
                }
            }
        }
        prop_assert!(window.segments.len() <= KEPT + 1);
        prop_assert!(sent.concat().starts_with(&served));
        for segment in window.segments.iter().filter(|segment| segment.duration_90k.is_some()) {
            let whole = bytes(window.find(Object::Segment(segment.number))).unwrap();
            let parts: Vec<u8> = (0..segment.parts.len()).flat_map(|index| bytes(window.find(Object::Part(segment.number, index))).unwrap()).collect();
            prop_assert_eq!(whole, parts);
            prop_assert!(segment.duration_90k.unwrap() <= LONGEST_SEGMENT_90K + 12_000);
        }
    }
}
