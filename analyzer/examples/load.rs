//! Measures what judging costs: `load CLIPS CAMERAS SECONDS` plays the clips of a folder, one after the other, as many
//! cameras each, and prints the share of a core and the memory of the process.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measuring tool")]

#[path = "../tests/film/mod.rs"]
mod film;
#[path = "../tests/play/mod.rs"]
mod play;

use film::{Film, kitchen, opened_store};
use mingchu_analyzer::Config;
use mingchu_store::SystemClock;
use play::Clip;
use std::{sync::Arc, time::Duration};

/// Returns seconds of processor time and megabytes of memory in use.
fn spent() -> (f64, f64) {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks: f64 = fields[11..13].iter().map(|ticks| ticks.parse::<f64>().unwrap()).sum();
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let kilobytes: f64 = resident.trim().trim_end_matches("kB").trim().parse().unwrap();
    (ticks / 100.0, kilobytes / 1024.0)
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, cameras, seconds] = arguments.as_slice() else { panic!("load CLIPS CAMERAS SECONDS") };
    let (cameras, seconds): (usize, u64) = (cameras.parse().unwrap(), seconds.parse().unwrap());
    for clip in Clip::all_in(folder.as_ref()) {
        let folder = tempfile::tempdir().unwrap();
        let store = opened_store(folder.path()).await;
        let eyes = kitchen(&store, clip.zone(), cameras).await;
        let film = Arc::new(Film::of(&clip, &eyes, 1));
        let config = Config { models: play::folder(), ..Config::default() };
        let analyzer = mingchu_analyzer::start(store, config, film, Arc::new(SystemClock)).await.unwrap();
        // The first seconds read models and plug-ins.
        tokio::time::sleep(Duration::from_secs(5)).await;
        let (before, _) = spent();
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        let (after, memory) = spent();
        println!(
            "{}: {cameras} cameras, {:.1} % of a core, {memory:.0} MB",
            clip.name,
            (after - before) / seconds as f64 * 100.0
        );
        analyzer.stop().await;
    }
}
