//! A killed gateway loses no closed group of pictures, and says of every missing picture why: by an account outside of it.
#![cfg(feature = "gateway")]
#![allow(clippy::unwrap_used, reason = "a test ends where its means fail")]

mod district;

use std::time::Duration;
use tokio::time::timeout;

/// Runs the torture to its end and returns what it found. A machine with much else to do takes minutes.
async fn torture(arguments: &[&str]) -> serde_json::Value {
    let mut command = district::binary();
    let torture = command.args(["--log", "warn", "torture", "archive", "--json"]).args(arguments).output();
    let output = timeout(Duration::from_secs(280), torture).await.expect("the torture should have ended").unwrap();
    let (said, why) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}\n{why}");
    serde_json::from_str(said.trim()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn four_kills_on_a_disk_with_faults_lose_nothing() {
    let kills = ["--kills", "4", "--seed", "20261121", "--longest-run", "2"];
    let found = torture(&[&kills[..], &["--enospc", "--io-errors"]].concat()).await;
    let figure = |name: &str| found[name].as_u64().unwrap();
    assert_eq!(figure("kills"), 4);
    for lost in ["frames_lost", "frames_twice", "fragments_lost", "undeclared_gaps", "contradictions"] {
        assert_eq!(figure(lost), 0, "{lost}: {found}");
    }
    assert_eq!(figure("frames_sent"), figure("frames_archived") + figure("frames_in_gaps"), "{found}");
    assert!(figure("frames_archived") > 0 && figure("disk_full") + figure("io_errors") > 0, "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_torture_that_cannot_be_is_refused() {
    let refused = district::finished(&["torture", "archive", "--cameras", "0"]).await;
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--cameras"));
}
