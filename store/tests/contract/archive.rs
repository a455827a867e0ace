use crate::world::{World, later};
use mingchu_domain::{
    camera::GapCause,
    id::SegmentId,
    time::{MediaTime, TimeRange},
};
use mingchu_store::{Segment, StoreError};

fn segment(w: &World, minute: u64) -> Segment {
    let start = later(w.now, minute * 60);
    Segment {
        id: SegmentId::generate(),
        stream_id: w.main,
        range: TimeRange::new(start, later(start, 60)).unwrap(),
        first_90k: MediaTime(-5_400_000),
        frames: 1500,
        size_bytes: 15_000_000,
        path: format!("main/{minute}.mp4"),
        sha256: "ab".repeat(32),
        chain: "cd".repeat(32),
    }
}

pub(crate) async fn segments_of_a_range_are_half_open_and_in_order(w: World) {
    let segments: Vec<Segment> = (0..4).map(|minute| segment(&w, minute)).collect();
    for segment in segments.iter().rev() {
        w.store.insert_segment(segment).await.unwrap();
    }
    let range = TimeRange::new(later(w.now, 60), later(w.now, 180)).unwrap();
    assert_eq!(w.store.segments(w.main, range).await.unwrap(), segments[1..3]);
    assert_eq!(w.store.segments(w.sub, range).await.unwrap(), []);
    assert_eq!(w.store.last_segment(w.main).await.unwrap().as_ref(), Some(&segments[3]));
    assert_eq!(w.store.last_segment(w.sub).await.unwrap(), None);
    let twin = Segment { id: SegmentId::generate(), ..segments[0].clone() };
    let error = w.store.insert_segment(&twin).await.unwrap_err();
    assert!(matches!(&error, StoreError::Conflict { constraint } if constraint == "segment_path_key"), "{error}");
}

pub(crate) async fn another_cause_ends_the_open_gap(w: World) {
    let s = &w.store;
    s.open_gap(w.main, w.now, GapCause::NetworkLost, "reset").await.unwrap();
    s.open_gap(w.main, later(w.now, 10), GapCause::NetworkLost, "again").await.unwrap();
    s.open_gap(w.main, later(w.now, 20), GapCause::WrongPassword, "401").await.unwrap();
    assert_eq!(s.open_gap_of(w.main).await.unwrap().unwrap().cause, GapCause::WrongPassword);
    assert_eq!(s.open_gap_of(w.sub).await.unwrap(), None);
    s.close_gap(w.main, later(w.now, 30)).await.unwrap();
    s.close_gap(w.main, later(w.now, 40)).await.unwrap();
    let all = TimeRange::new(w.now, later(w.now, 100)).unwrap();
    let gaps = s.gaps(w.main, all).await.unwrap();
    let told: Vec<_> = gaps.iter().map(|gap| (gap.cause, gap.detail.as_str(), gap.started_at, gap.ended_at)).collect();
    let first = (GapCause::NetworkLost, "reset", w.now, Some(later(w.now, 20)));
    let second = (GapCause::WrongPassword, "401", later(w.now, 20), Some(later(w.now, 30)));
    assert_eq!(told, [first, second]);
    let after = TimeRange::new(later(w.now, 30), later(w.now, 100)).unwrap();
    assert_eq!(s.gaps(w.main, after).await.unwrap(), []);
}

pub(crate) async fn a_clock_set_back_makes_no_reversed_gap(w: World) {
    w.store.open_gap(w.main, later(w.now, 50), GapCause::ClockJump, "").await.unwrap();
    w.store.close_gap(w.main, w.now).await.unwrap();
    assert_eq!(w.store.open_gap_of(w.main).await.unwrap(), None);
}
