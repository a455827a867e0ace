use crate::world::{World, later};
use mingchu_domain::{
    camera::GapCause,
    id::{GapId, SegmentId},
    time::{MediaTime, TimeRange, WallTime},
};
use mingchu_store::{Gap, PacketLoss, Segment, StoreError};

fn gap(w: &World, started_at: WallTime, cause: GapCause, detail: &str) -> Gap {
    Gap { id: GapId::generate(), stream_id: w.main, started_at, ended_at: None, cause, detail: detail.to_owned() }
}

fn always(w: &World) -> TimeRange {
    TimeRange::new(w.now, later(w.now, 100_000)).unwrap()
}

fn segment(w: &World, minute: u64) -> Segment {
    let start = later(w.now, minute * 60);
    Segment {
        id: SegmentId::generate(),
        stream_id: w.main,
        range: TimeRange::new(start, later(start, 60)).unwrap(),
        first_90k: MediaTime(-5_400_000),
        frames: 1500,
        size_bytes: 15_000_000,
        volume_id: None,
        path: format!("main/{minute}.mp4"),
        sha256: "ab".repeat(32),
        chain: "cd".repeat(32),
        clock_offset_us: Some(-250_000),
        fault: None,
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
    w.store.insert_segment(&segments[0]).await.expect("told twice, written once");
    let twin = Segment { id: SegmentId::generate(), ..segments[0].clone() };
    let error = w.store.insert_segment(&twin).await.unwrap_err();
    assert!(matches!(&error, StoreError::Conflict { constraint } if constraint == "segment_path_key"), "{error}");
}

pub(crate) async fn another_gap_ends_the_open_one(w: World) {
    let s = &w.store;
    let (lost, refused) =
        (gap(&w, w.now, GapCause::NetworkLost, "reset"), gap(&w, later(w.now, 20), GapCause::WrongPassword, "401"));
    s.insert_gap(&lost).await.unwrap();
    s.insert_gap(&refused).await.unwrap();
    assert_eq!(s.open_gap_of(w.main).await.unwrap().as_ref(), Some(&refused));
    assert_eq!(s.open_gap_of(w.sub).await.unwrap(), None);
    s.end_gap(refused.id, later(w.now, 30)).await.unwrap();
    s.end_gap(refused.id, later(w.now, 40)).await.unwrap();
    let expected =
        [Gap { ended_at: Some(later(w.now, 20)), ..lost }, Gap { ended_at: Some(later(w.now, 30)), ..refused }];
    assert_eq!(s.gaps(w.main, always(&w)).await.unwrap(), expected);
    assert_eq!(s.last_gap_end(w.main).await.unwrap(), Some(later(w.now, 30)));
    let after = TimeRange::new(later(w.now, 30), later(w.now, 100)).unwrap();
    assert_eq!(s.gaps(w.main, after).await.unwrap(), []);
}

pub(crate) async fn a_gap_told_twice_is_written_once(w: World) {
    let s = &w.store;
    let gaps = [gap(&w, w.now, GapCause::NetworkLost, ""), gap(&w, later(w.now, 60), GapCause::Overload, "")];
    for _ in 0..2 {
        for gap in &gaps {
            s.insert_gap(gap).await.unwrap();
            s.end_gap(gap.id, later(gap.started_at, 10)).await.unwrap();
        }
    }
    let ends: Vec<_> = s.gaps(w.main, always(&w)).await.unwrap().iter().map(|gap| gap.ended_at).collect();
    assert_eq!(ends, [Some(later(w.now, 10)), Some(later(w.now, 70))]);
}

pub(crate) async fn a_gap_replaced_where_it_began_is_gone(w: World) {
    let refused = gap(&w, w.now, GapCause::WrongPassword, "401");
    w.store.insert_gap(&gap(&w, w.now, GapCause::CameraOffline, "no picture yet")).await.unwrap();
    w.store.insert_gap(&refused).await.unwrap();
    assert_eq!(w.store.gaps(w.main, always(&w)).await.unwrap(), [refused]);
}

pub(crate) async fn a_clock_set_back_makes_no_reversed_gap(w: World) {
    let gap = gap(&w, later(w.now, 50), GapCause::ClockJump, "");
    w.store.insert_gap(&gap).await.unwrap();
    w.store.end_gap(gap.id, w.now).await.unwrap();
    assert_eq!(w.store.open_gap_of(w.main).await.unwrap(), None);
    let ended = Gap { ended_at: Some(gap.started_at), ..gap };
    assert_eq!(w.store.gaps(w.main, always(&w)).await.unwrap(), [ended], "pictures may be missing all the same");
}

pub(crate) async fn a_flagged_segment_is_a_gap_until_its_file_is_back(w: World) {
    let (s, lost, whole) = (&w.store, segment(&w, 0), segment(&w, 1));
    s.insert_segment(&lost).await.unwrap();
    s.insert_segment(&whole).await.unwrap();
    assert!(s.flag_segment(&lost, GapCause::FileMissing, "no such file").await.unwrap());
    assert!(!s.flag_segment(&lost, GapCause::FileDamaged, "told twice").await.unwrap());
    assert!(!s.flag_segment(&segment(&w, 2), GapCause::FileMissing, "deleted meanwhile").await.unwrap());
    assert_eq!(s.segments(w.main, always(&w)).await.unwrap(), std::slice::from_ref(&whole));
    let gaps = s.gaps(w.main, always(&w)).await.unwrap();
    assert_eq!(gaps.len(), 1);
    assert_eq!((gaps[0].cause, gaps[0].ended_at), (GapCause::FileMissing, Some(lost.range.end())));
    assert_eq!(s.last_gap_end(w.main).await.unwrap(), None, "made afterwards");
    let flagged = Segment { fault: Some(GapCause::FileMissing), ..lost.clone() };
    assert_eq!(s.segments_behind(w.main, None, 5).await.unwrap(), [flagged.clone(), whole.clone()]);
    assert_eq!(s.segments_behind(w.main, None, 1).await.unwrap(), std::slice::from_ref(&flagged));
    assert_eq!(s.segments_behind(w.main, Some(&flagged), 5).await.unwrap(), std::slice::from_ref(&whole));
    s.unflag_segment(lost.id).await.unwrap();
    assert_eq!(s.segments(w.main, always(&w)).await.unwrap(), [lost, whole.clone()]);
    assert_eq!(s.gaps(w.main, always(&w)).await.unwrap(), []);
    assert!(s.flag_segment(&whole, GapCause::Overload, "no fault of a file").await.is_err());
}

pub(crate) async fn lost_packets_are_read_as_written(w: World) {
    let loss = PacketLoss { stream_id: w.main, started_at: w.now, ended_at: later(w.now, 1), packets: 7, events: 2 };
    for _ in 0..2 {
        w.store.insert_packet_loss(&loss).await.unwrap();
    }
    assert_eq!(w.store.packet_losses(w.main, always(&w)).await.unwrap(), [loss]);
    assert_eq!(w.store.packet_losses(w.sub, always(&w)).await.unwrap(), []);
}

pub(crate) async fn footage_found_afterwards_is_cut_out_of_gaps(w: World) {
    let second = |second| later(w.now, second);
    let range = |start, end| TimeRange::new(second(start), second(end)).unwrap();
    let spans = [(0, 10), (20, 40), (50, 60), (70, 90), (100, 110)];
    for (start, end) in spans {
        let gap = Gap { ended_at: Some(second(end)), ..gap(&w, second(start), GapCause::GatewayDown, "") };
        w.store.insert_gap(&gap).await.unwrap();
    }
    let deleted = Gap { ended_at: Some(second(25)), ..gap(&w, second(22), GapCause::DeletedByOrder, "") };
    w.store.insert_gap(&deleted).await.unwrap();
    for _ in 0..2 {
        for found in [range(5, 15), range(25, 30), range(45, 75), range(110, 120)] {
            w.store.cut_gaps(w.main, found).await.unwrap();
        }
    }
    let left = w.store.gaps(w.main, always(&w)).await.unwrap();
    let left: Vec<_> = left.iter().map(|gap| (gap.started_at, gap.ended_at.unwrap())).collect();
    let expected = [(0, 5), (20, 25), (22, 25), (30, 40), (75, 90), (100, 110)];
    assert_eq!(left, expected.map(|(start, end)| (second(start), second(end))));
}
