//! `mingchu archive verify` finds what is missing, cut off or changed, and says where and since when.
#![cfg(feature = "gateway")]
#![allow(clippy::unwrap_used, reason = "a test ends where its means fail")]

mod district;

use district::District;
use mingchu_domain::{
    camera::GapCause,
    id::{SegmentId, StreamId},
    time::{MediaTime, TimeRange, WallTime},
};
use mingchu_gateway::chain;
use mingchu_store::Segment;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{fs, process::Output, time::Duration};
use tokio::time::timeout;

fn minute(number: u64) -> WallTime {
    "2026-11-21T00:00:00Z".parse::<WallTime>().unwrap() + Duration::from_secs(60 * number)
}

/// Gives the stream five files of a minute, rows and all.
async fn files(district: &District, stream: StreamId) -> Vec<Segment> {
    let mut rows: Vec<Segment> = Vec::new();
    for number in 0..5 {
        let (path, bytes) = (format!("{stream}/{number}.mp4"), vec![u8::try_from(number).unwrap(); 10_000]);
        let file = district.path("archive").join(&path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, &bytes).unwrap();
        let sha256 = hex::encode(Sha256::digest(&bytes));
        rows.push(Segment {
            id: SegmentId::generate(),
            stream_id: stream,
            range: TimeRange::new(minute(number), minute(number + 1)).unwrap(),
            first_90k: MediaTime(0),
            frames: 600,
            size_bytes: 10_000,
            volume_id: None,
            path,
            chain: chain(rows.last().map_or("", |row| &row.chain), &sha256),
            sha256,
            clock_offset_us: None,
            fault: None,
        });
    }
    district.store.insert_segments(&rows).await.unwrap();
    rows
}

async fn verify(district: &District, more: &[&str]) -> Output {
    let config = district.config("");
    let mut command = district::binary();
    command.args(["archive", "verify", "--config", config.to_str().unwrap()]).args(more);
    timeout(Duration::from_secs(60), command.output()).await.expect("it ends").unwrap()
}

fn report(output: &Output) -> Value {
    let said = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(said.trim()).unwrap_or_else(|_| panic!("{said}{}", String::from_utf8_lossy(&output.stderr)))
}

#[tokio::test]
async fn every_damaged_file_is_found_flagged_and_served_again_when_it_is_back() {
    let district = District::new().await;
    let stream = district.add_camera("rtsp://127.0.0.1:1/main", None).await;
    let rows = files(&district, stream).await;
    let path = |number: usize| district.path("archive").join(&rows[number].path);
    let whole = verify(&district, &["--json"]).await;
    assert_eq!((whole.status.code(), &report(&whole)["files"]), (Some(0), &json!(5)));

    fs::remove_file(path(0)).unwrap();
    fs::write(path(1), [1; 9_999]).unwrap();
    // one bit, the size as it was
    let mut bytes = fs::read(path(2)).unwrap();
    bytes[5_000] ^= 1;
    fs::write(path(2), &bytes).unwrap();
    let damaged = verify(&district, &["--json"]).await;
    let told = report(&damaged);
    assert_eq!(damaged.status.code(), Some(1), "{told}");
    let counts = ["files", "missing", "truncated", "changed", "unreadable"].map(|key| told[key].as_u64().unwrap());
    assert_eq!(counts, [5, 1, 1, 1, 0], "{told}");
    assert_eq!(told["broken_chains"], json!([]));
    assert_eq!((&told["damaged"][2]["path"], &told["damaged"][2]["camera"]), (&json!(rows[2].path), &json!("烹饪间")));
    let said = String::from_utf8_lossy(&damaged.stderr).into_owned();
    assert!(said.contains("1 files missing, 1 truncated, 1 changed") && said.contains("backup"), "{said}");
    let faults = async || {
        let row = async |row: &Segment| district.store.segment(row.id).await.unwrap().fault;
        [row(&rows[0]).await, row(&rows[1]).await, row(&rows[2]).await, row(&rows[3]).await]
    };
    let (missing, damaged) = (Some(GapCause::FileMissing), Some(GapCause::FileDamaged));
    assert_eq!(faults().await, [missing, damaged, damaged, None]);
    assert_eq!(district.gaps(stream).await.len(), 3, "their time is a gap");

    let again = verify(&district, &["--json"]).await;
    assert_eq!((again.status.code(), &report(&again)["changed"]), (Some(1), &json!(1)), "told until it is mended");
    bytes[5_000] ^= 1;
    fs::write(path(2), &bytes).unwrap();
    let mended = verify(&district, &["--json"]).await;
    assert_eq!((&report(&mended)["back"], &report(&mended)["changed"]), (&json!(1), &json!(0)));
    assert_eq!(faults().await, [missing, damaged, None, None]);
    assert_eq!(district.gaps(stream).await.len(), 2);
}

#[tokio::test]
async fn a_part_is_verified_and_what_cannot_be_is_named() {
    let district = District::new().await;
    let stream = district.add_camera("rtsp://127.0.0.1:1/main", None).await;
    let rows = files(&district, stream).await;
    fs::remove_file(district.path("archive").join(&rows[0].path)).unwrap();
    let later = ["--from", "2026-11-21T00:01:00Z", "--to", "2026-11-21T00:04:00Z"];
    let part = verify(&district, &[&later[..], &["--camera", "烹饪间", "--json"]].concat()).await;
    assert_eq!((part.status.code(), &report(&part)["files"]), (Some(0), &json!(3)), "the missing one is not of it");

    for (arguments, code, words) in [
        (&["--camera", "储藏室"][..], 1, ["--camera", "烹饪间"]),
        (&["--from", "yesterday"][..], 2, ["--from", "2026-11-21T08:00:00+08:00"]),
        (&["--from", "2026-11-21T00:04:00Z", "--to", "2026-11-21T00:01:00Z"][..], 1, ["--to", "after --from"]),
    ] {
        let refused = verify(&district, arguments).await;
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(code), "{said}");
        assert!(words.iter().all(|word| said.contains(word)), "{said}");
    }
    // rows that go without a receipt break the chain
    let config = district.config("");
    let database = district.path("mingchu.db");
    let deleted = std::process::Command::new("python3")
        .args(["-c", "import sqlite3,sys; d=sqlite3.connect(sys.argv[1]); d.execute(\"delete from segment where path=?\",(sys.argv[2],)); d.commit()"])
        .arg(&database)
        .arg(&rows[2].path)
        .status()
        .unwrap();
    assert!(deleted.success() && config.exists());
    let broken = verify(&district, &["--json"]).await;
    assert_eq!((broken.status.code(), &report(&broken)["broken_chains"]), (Some(1), &json!([stream.to_string()])));
}
