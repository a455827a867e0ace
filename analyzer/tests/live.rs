//! The running analyzer: units in, rows and pictures out.

#![allow(clippy::unwrap_used, reason = "clippy knows test functions, not their helpers")]

mod film;
mod play;

use film::{Film, kitchen, opened_store};
use mingchu_analyzer::Config;
use mingchu_domain::{
    role::Scope,
    time::{Clock, TimeRange, WallTime},
};
use mingchu_store::{PageKey, Store, SystemClock, Violation, ViolationFilter};
use play::Clip;
use sha2::{Digest, Sha256};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// Footage plays this many times as fast as it was taken.
const SPEED: u32 = 4;

async fn eventually<T>(within: Duration, what: &str, look: impl AsyncFn() -> Option<T>) -> T {
    let deadline = Instant::now() + within;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < deadline, "no {what} within {within:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn violations(store: &Store) -> Vec<Violation> {
    let key = PageKey { after: None, limit: 50 };
    store.violations(&Scope::All, &ViolationFilter::default(), &key).await.unwrap().items
}

#[tokio::test(flavor = "multi_thread")]
async fn without_models_it_runs_and_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let store = opened_store(folder.path()).await;
    let config = Config { models: Some(folder.path().to_owned()), ..Config::default() };
    let frames = Arc::new(Film::empty());
    let analyzer = mingchu_analyzer::start(store.clone(), config, frames, Arc::new(SystemClock)).await.unwrap();
    let status = eventually(Duration::from_secs(5), "status", async || store.analyzer_status().await.unwrap()).await;
    assert_eq!((status.is_judging, status.reason.as_deref()), (false, Some("no_models")));
    assert!(
        status.detail.contains("yolox_nano_416.onnx is missing") && status.detail.contains("--models"),
        "{}",
        status.detail
    );
    let before = Instant::now();
    analyzer.stop().await;
    assert!(before.elapsed() < Duration::from_secs(1), "stopping took {:?}", before.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_violation_is_written_with_its_pictures() {
    if play::models().is_none() {
        return;
    }
    let Some(clip) = Clip::all().into_iter().find(|clip| !clip.expected().is_empty()) else {
        println!("skipped: no clip with a violation");
        return;
    };
    let expected = clip.expected();
    let folder = tempfile::tempdir().unwrap();
    let store = opened_store(folder.path()).await;
    let cameras = kitchen(&store, clip.zone(), 1).await;
    let frames = Arc::new(Film::of(&clip, &cameras, SPEED));
    let config = Config { models: play::folder(), still_every: Duration::from_secs(2), ..Config::default() };
    let analyzer = mingchu_analyzer::start(store.clone(), config, frames, Arc::new(SystemClock)).await.unwrap();

    let found = eventually(Duration::from_secs(60), "violation", async || violations(&store).await.pop()).await;
    assert!(expected.contains(&found.code), "{:?}", found.code);
    assert_eq!((found.zone, found.frames.len()), (clip.zone(), 3));
    assert!(
        found.model.contains("mingchu_detect.onnx@")
            && found.rule_pack == mingchu_domain::rule::RulePack::national().label(),
        "{}",
        found.model
    );
    assert!(found.figures.head_px.unwrap() >= 40.0 && found.figures.votes >= 3);
    for frame in &found.frames {
        let jpeg = store.objects().get(&frame.object_key).await.unwrap();
        assert_eq!(hex::encode(Sha256::digest(&jpeg)), frame.sha256);
        assert!(frame.at >= found.started_at && frame.at <= found.ended_at);
    }
    assert!(store.objects().get(&found.snapshot_key).await.unwrap().starts_with(&[0xff, 0xd8]));
    let still = format!("still/{}.jpg", cameras[0].id);
    eventually(Duration::from_secs(10), "still", async || store.objects().get(&still).await.ok()).await;

    analyzer.stop().await;
    let whole = TimeRange::new(WallTime::default(), SystemClock.now() + Duration::from_secs(86_400)).unwrap();
    let coverage = store.coverage(&Scope::All, whole).await.unwrap();
    assert!(
        coverage[0].observed_ms > 3000 && coverage[0].judged_ms + coverage[0].cannot_judge_ms > 3000,
        "{coverage:?}"
    );
}
