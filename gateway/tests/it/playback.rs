//! The archive played again: exports to the picture, playlists and stills by independent decoders, damaged files.

use crate::rig::{Coding, Rig, always, eventually, scan};
use mingchu_domain::{
    camera::GapCause,
    footage::{ExportState, FootageRefused, ViewPurpose, ViewReason},
    id::{ExportId, PersonId, ViewId},
    media::Codec,
    role::Role,
    time::{Clock, TimeRange, WallTime},
};
use mingchu_gateway::{
    Gateway, Wish, mp4,
    sim::{Cameras, Fault, read_counter},
};
use mingchu_store::{FootageExport, NewExport, NewPerson, NewView, Segment, SystemClock};
use std::{path::Path, process::Command, time::Duration};

const LONG: Duration = Duration::from_secs(60);

/// A picture of the archive: when it was taken, and its number.
type Taken = (WallTime, u64);

/// Records seven files or more with a change of parameters and a gap in them, and stops there.
async fn recorded() -> (Rig, Gateway, Vec<Segment>) {
    let rig = Rig::new(&[(Coding::H264, "rtsp")]).await;
    let gateway = rig.start().await;
    let files = async |count: usize| {
        eventually("files", LONG, || async { (rig.segments(0).await.len() >= count).then_some(()) }).await;
    };
    files(2).await;
    rig.sim.fault(Cameras::One(1), Fault::Parameters).unwrap();
    files(4).await;
    rig.sim.fault(Cameras::One(1), Fault::Refuse(Some(Duration::from_secs(2)))).unwrap();
    eventually("a gap", LONG, || async { (!rig.gaps(0).await.is_empty()).then_some(()) }).await;
    files(8).await;
    let segments = rig.segments(0).await;
    (rig, gateway, segments)
}

/// Returns the pictures of the archive in order.
fn taken(rig: &Rig, segments: &[Segment]) -> Vec<Taken> {
    let mut all: Vec<Taken> = Vec::new();
    for segment in segments {
        let (found, bytes) = (scan(&rig.path(segment)), std::fs::read(rig.path(segment)).unwrap());
        for fragment in &found.fragments {
            let (mut at, mut time_90k) = (usize::try_from(fragment.data_offset).unwrap(), fragment.decode_time_90k);
            for picture in &fragment.pictures {
                let end = at + picture.size_bytes as usize;
                let ticks = time_90k - u64::try_from(segment.first_90k.0).unwrap();
                let number = read_counter(&bytes[at..end], Codec::H264).unwrap();
                all.push((segment.range.start() + Duration::from_micros(ticks * 100 / 9), number));
                (at, time_90k) = (end, time_90k + u64::from(picture.duration_90k));
            }
        }
    }
    // a camera's clock that runs ahead of ours is set right at the seam of files
    for index in (1..all.len()).rev() {
        all[index - 1].0 = all[index - 1].0.min(all[index].0 - Duration::from_millis(1));
    }
    all
}

/// Returns the numbers of all pictures in a plain file of ours, shown or not.
fn numbers_in_plain(path: &Path) -> Vec<u64> {
    let bytes = std::fs::read(path).unwrap();
    let find = |kind: &[u8]| bytes.windows(4).position(|four| four == kind).unwrap();
    let u32_at = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    let (sizes, mut at) = (find(b"stsz") + 4, find(b"mdat") + 12);
    let numbers = (0..u32_at(sizes + 8)).map(|picture| {
        let end = at + u32_at(sizes + 12 + 4 * picture);
        let number = read_counter(&bytes[at..end], Codec::H264).unwrap();
        at = end;
        number
    });
    numbers.collect()
}

fn ffprobe(args: &[&str], path: &Path) -> String {
    let probe = Command::new("ffprobe").args(["-v", "error"]).args(args).arg(path).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&probe.stderr), "", "{} decodes without an error", path.display());
    String::from_utf8_lossy(&probe.stdout).into_owned()
}

async fn ask(rig: &Rig, ranges: &[TimeRange]) -> Vec<ExportId> {
    let id = PersonId::generate();
    let (login, office) = (format!("person-{id}"), "office".to_owned());
    let person = NewPerson { id, login: login.clone(), office, role: Role::Admin, area_id: None, canteen_id: None };
    rig.store.insert_person(&person).await.unwrap();
    let (person, _) = rig.store.person_by_login(&login).await.unwrap().unwrap();
    let now = SystemClock.now();
    let view = NewView {
        id: ViewId::generate(),
        cameras: vec![rig.cameras[0].id],
        range: always(),
        purpose: ViewPurpose::Export,
        reason: ViewReason::Complaint,
        reason_text: String::new(),
        created_at: now,
        expires_at: now + LONG,
    };
    rig.store.insert_view(&person, &view).await.unwrap();
    let mut exports = Vec::new();
    for range in ranges {
        let (camera_id, stream_id) = (rig.cameras[0].id, rig.cameras[0].main);
        let new = NewExport {
            id: ExportId::generate(),
            view_id: view.id,
            camera_id,
            stream_id,
            range: *range,
            created_at: now,
        };
        rig.store.insert_export(&new).await.unwrap();
        exports.push(new.id);
    }
    exports
}

async fn settled(rig: &Rig, id: ExportId) -> FootageExport {
    eventually("a settled export", LONG * 4, || async {
        let export = rig.store.export(id).await.unwrap();
        matches!(export.state, ExportState::Ready | ExportState::Failed).then_some(export)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_shows_exactly_the_pictures_asked_for() {
    let (rig, gateway, segments) = recorded().await;
    let all = taken(&rig, &segments);
    let (begin, end) = (segments[0].range.start(), segments.last().unwrap().range.end());
    let span = u64::try_from(end.since(begin).as_micros()).unwrap();
    let count: u64 = std::env::var("MINGCHU_TEST_EXPORTS").map_or(12, |count| count.parse().unwrap());
    // fixed, spread over files, the change of parameters and the gap
    let number =
        |n: u64, salt: u64| (n.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ salt).wrapping_mul(0xD6E8_FEB8_6659_FD93) >> 20;
    let ranges: Vec<_> = (1..=count)
        .map(|n| {
            let length = 40_000 + number(n, 2) % 9_000_000;
            let from = begin + Duration::from_micros(number(n, 1) % (span - length));
            TimeRange::new(from, from + Duration::from_micros(length)).unwrap()
        })
        .collect();
    let exports = ask(&rig, &ranges).await;
    let mut with_pictures = 0;
    for (range, id) in ranges.iter().zip(exports) {
        let export = settled(&rig, id).await;
        let wanted: Vec<&Taken> = all.iter().filter(|(at, _)| *at >= range.start() && *at < range.end()).collect();
        let Some(file) = export.file else {
            assert!(wanted.is_empty(), "{range:?}: {:?}", export.error);
            continue;
        };
        let path = rig.store.objects().path(&file.object_key).unwrap();
        let numbers = numbers_in_plain(&path);
        let packets = ffprobe(&["-show_entries", "packet=flags", "-of", "csv=p=0"], &path);
        let lead = packets.lines().filter(|flags| flags.contains('D')).count();
        let shown: Vec<u64> = numbers[lead..].to_vec();
        assert_eq!(shown, wanted.iter().map(|(_, number)| *number).collect::<Vec<_>>(), "{range:?}");
        assert_eq!((file.first_picture_at, file.last_picture_at), (wanted[0].0, wanted[wanted.len() - 1].0));
        let decoded = ffprobe(&["-show_entries", "frame=pts", "-of", "csv=p=0"], &path);
        let frames = u32::try_from(decoded.lines().filter(|line| !line.trim().is_empty()).count()).unwrap();
        assert_eq!((frames, file.frames as usize), (file.frames, wanted.len()), "{range:?}");
        let tags = ffprobe(&["-show_entries", "format_tags=title", "-of", "csv=p=0"], &path);
        assert!(tags.contains("第一食堂 烹饪间（烹饪间）"), "{tags}");
        with_pictures += 1;
    }
    println!("{with_pictures} of {} exports had pictures, each decoded", ranges.len());
    assert!(with_pictures * 2 > ranges.len());
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_playlist_plays_over_files_a_change_and_a_gap_and_leaves_out_what_was_changed() {
    let (rig, gateway, segments) = recorded().await;
    let (stream, playback) = (rig.cameras[0].main, gateway.playback());
    let range = TimeRange::new(segments[0].range.start(), segments.last().unwrap().range.end()).unwrap();
    let playlist = playback.playlist(stream, range).await.unwrap();
    assert!(playlist.text.matches("#EXT-X-DISCONTINUITY").count() >= 2, "{}", playlist.text);
    let folder = rig.folder.path().join("hls");
    std::fs::create_dir_all(folder.join("segments")).unwrap();
    for segment in &segments {
        std::fs::copy(rig.path(segment), folder.join(format!("segments/{}.mp4", segment.id))).unwrap();
    }
    std::fs::write(folder.join("index.m3u8"), &playlist.text).unwrap();
    let args = ["-count_frames", "-select_streams", "v:0", "-show_entries", "stream=nb_read_frames", "-of", "csv=p=0"];
    let decoded = ffprobe(&args, &folder.join("index.m3u8"));
    let decoded: usize = decoded.lines().next().unwrap().trim().trim_end_matches(',').parse().unwrap();
    assert_eq!(decoded, taken(&rig, &segments).len());

    let at = segments[1].range.start() + Duration::from_millis(700);
    let wish = Wish { stream, at, is_exact: true, width: Some(160) };
    let exact = playback.still(wish).await.unwrap();
    assert!(exact.jpeg.starts_with(&[0xFF, 0xD8]) && at.since(exact.at) < Duration::from_millis(41), "{}", exact.at);
    let key = playback.still(Wish { is_exact: false, ..wish }).await.unwrap();
    assert!(key.at <= exact.at && at.since(key.at) < Duration::from_secs(1), "{}", key.at);
    let early = segments[0].range.start() - Duration::from_secs(60);
    assert!(matches!(playback.still(Wish { at: early, ..wish }).await, Err(FootageRefused::NoFootage(_))));

    // truncated, gone, and changed in the middle without another size
    let file = std::fs::File::options().write(true).open(rig.path(&segments[0])).unwrap();
    file.set_len(segments[0].size_bytes - 1).unwrap();
    std::fs::remove_file(rig.path(&segments[1])).unwrap();
    let mut bytes = std::fs::read(rig.path(&segments[2])).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(rig.path(&segments[2]), bytes).unwrap();
    assert!(matches!(playback.open(segments[0].id).await, Err(FootageRefused::FileDamaged(_))));
    assert!(matches!(playback.open(segments[1].id).await, Err(FootageRefused::FileMissing(_))));
    let exports = ask(&rig, &[TimeRange::new(segments[2].range.start(), segments[3].range.end()).unwrap()]).await;
    assert_eq!(settled(&rig, exports[0]).await.state, ExportState::Ready);
    let row = rig.store.segment(segments[2].id).await.unwrap();
    assert_eq!(row.fault, Some(GapCause::FileDamaged));
    let text = playback.playlist(stream, range).await.unwrap().text;
    for segment in &segments[..3] {
        assert!(!text.contains(&segment.id.to_string()), "a file with a fault is in the playlist");
    }
    assert!(text.contains(&segments[3].id.to_string()));
    let causes: Vec<_> = rig.gaps(0).await.into_iter().map(|gap| gap.cause).collect();
    assert_eq!(causes.iter().filter(|cause| **cause == GapCause::FileDamaged).count(), 2);
    assert_eq!(causes.iter().filter(|cause| **cause == GapCause::FileMissing).count(), 1);
    assert!(mp4::codec_string_of(&scan(&rig.path(&segments[3])).sample_entry).is_some());
    gateway.stop().await;
}
