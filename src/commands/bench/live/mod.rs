//! `mingchu bench live`: from the camera to the screen, way by way, in a real browser.
//!
//! ```text
//! simulator (numbers on the pictures) --RTSP--> server (a process of its own) --ws, whep, hls--> Chromium: which number when
//! ```

mod chromium;
mod fanout;
mod film;
mod house;
mod http;
mod viewer;

pub(super) use fanout::{BenchFanoutArguments, bench as bench_fanout};

use crate::{commands::say, roles};
use anyhow::Context;
use chromium::Page;
use clap::{Args, ValueEnum};
use house::House;
use mingchu_domain::time::WallTime;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// A page has its first picture within this time.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// From the first picture to the measurement: the player finds its place behind the live edge.
const SETTLE: Duration = Duration::from_secs(5);
const PROBE: &str = include_str!("probe.js");

/// How a viewer watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    /// Fragments over a WebSocket
    Ws,
    /// LL-HLS
    Hls,
}

impl Kind {
    /// Later than this, a viewer sees that something is wrong.
    const fn late_after(self) -> Duration {
        match self {
            Self::Ws => Duration::from_millis(250),
            // a part of 200 ms is complete only with its last picture
            Self::Hls => Duration::from_millis(600),
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct BenchLiveArguments {
    /// How long to measure each way
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(2..=3600))]
    seconds: u64,
    /// How often each way is opened for its first picture
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=100))]
    openings: u16,
    /// The browser
    #[arg(long, default_value = "chromium", value_name = "PROGRAM")]
    chromium: String,
    /// Print one JSON line
    #[arg(long)]
    json: bool,
}

/// From the camera to the screen, in milliseconds.
#[derive(Debug, Serialize)]
struct Way {
    p50_ms: f64,
    p95_ms: f64,
    /// From asking for a live picture to the first one on the screen, the middle one of all openings.
    first_frame_ms: f64,
    /// Pictures whose number was read on the screen.
    pictures: usize,
}

#[derive(Debug, Serialize)]
struct Report {
    websocket: Way,
    whep: Way,
    ll_hls: Way,
}

pub(super) async fn bench(arguments: BenchLiveArguments) -> anyhow::Result<()> {
    let report = tokio::select! {
        report = measure(&arguments) => report?,
        stopped = roles::asked_to_stop() => {
            stopped?;
            anyhow::bail!("stopped before the end; nothing was measured");
        }
    };
    if arguments.json {
        say(serde_json::to_string(&report)?);
        return Ok(());
    }
    for (name, way) in [("WebSocket", &report.websocket), ("WHEP", &report.whep), ("LL-HLS", &report.ll_hls)] {
        say(format_args!(
            "{name:<10} send to screen p50 {:.0} ms, p95 {:.0} ms ({} pictures); first picture after {:.0} ms",
            way.p50_ms, way.p95_ms, way.pictures, way.first_frame_ms
        ));
    }
    Ok(())
}

async fn measure(arguments: &BenchLiveArguments) -> anyhow::Result<Report> {
    let house = House::open(10).await?;
    let profile = tempfile::Builder::new().prefix("mingchu-chromium-").tempdir().context("cannot make a folder")?;
    let mut page = Page::open(&arguments.chromium, profile.path()).await?;
    page.go(&format!("http://{}{}", house.address, house.link)).await?;
    sign_in(&house, &mut page).await?;
    page.before_each_page(PROBE).await?;
    let websocket = measure_way(arguments, &house, &mut page, "ws").await?;
    let whep = measure_way(arguments, &house, &mut page, "whep").await?;
    let ll_hls = measure_way(arguments, &house, &mut page, "hls").await?;
    drop(page);
    house.close().await?;
    Ok(Report { websocket, whep, ll_hls })
}

/// Waits for the session and sets a password: the pages ask for one first.
async fn sign_in(house: &House, page: &mut Page) -> anyhow::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while page.value("fetch('/api/v1/session').then((answer) => answer.status)").await? != 200 {
        anyhow::ensure!(Instant::now() < deadline, "the link signs nobody in");
        sleep(LOOK_AGAIN).await;
    }
    let set = format!(
        "fetch('/api/v1/session/password', {{ method: 'POST', headers: {{ 'content-type': 'application/json' }}, \
         body: JSON.stringify({{ password: '{}' }}) }}).then((answer) => answer.ok)",
        house.camera
    );
    anyhow::ensure!(page.value(&set).await? == true, "the server takes no password");
    Ok(())
}

/// What the page has noted.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Noted {
    begun_at: Option<f64>,
    first_at: Option<f64>,
    shown: Vec<(u64, f64)>,
}

async fn measure_way(
    arguments: &BenchLiveArguments,
    house: &House,
    page: &mut Page,
    way: &'static str,
) -> anyhow::Result<Way> {
    let address = format!("http://{}/wall?way={way}", house.address);
    let mut first = Vec::new();
    for opening in 1..=arguments.openings {
        eprintln!("{way}: opening {opening} of {}", arguments.openings);
        page.go(&address).await?;
        let noted = first_picture(page).await?;
        let (begun, shown) = (noted.begun_at.context("nothing was asked for")?, noted.first_at.context("no picture")?);
        first.push(Duration::from_secs_f64(((shown - begun) / 1000.0).max(0.0)));
    }
    first.sort_unstable();
    sleep(SETTLE).await;
    page.value("mingchuProbe.shown.length = 0").await?;
    eprintln!("{way}: measured for {} s", arguments.seconds);
    sleep(Duration::from_secs(arguments.seconds)).await;
    let noted = look(page).await?;
    let mut delays: Vec<_> =
        noted.shown.iter().filter_map(|(number, at_ms)| house.delay_of(*number, wall(*at_ms))).collect();
    anyhow::ensure!(!delays.is_empty(), "no number could be read on the screen");
    delays.sort_unstable();
    Ok(Way {
        p50_ms: percentile(&delays, 50),
        p95_ms: percentile(&delays, 95),
        first_frame_ms: percentile(&first, 50),
        pictures: delays.len(),
    })
}

async fn first_picture(page: &mut Page) -> anyhow::Result<Noted> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let noted = look(page).await?;
        if noted.first_at.is_some() {
            return Ok(noted);
        }
        anyhow::ensure!(Instant::now() < deadline, "no picture on the screen within {} s", PATIENCE.as_secs());
        sleep(LOOK_AGAIN).await;
    }
}

async fn look(page: &mut Page) -> anyhow::Result<Noted> {
    let noted = page.value("JSON.parse(JSON.stringify(globalThis.mingchuProbe ?? { shown: [] }))").await?;
    serde_json::from_value(noted).context("the page notes something else")
}

/// The browser's clock is the machine's.
#[allow(clippy::cast_possible_truncation, reason = "µs since 1970 fit")]
fn wall(at_ms: f64) -> WallTime {
    WallTime::from_micros((at_ms * 1000.0) as i64)
}

/// Returns a percentile of sorted values in milliseconds; 0 when there are none.
fn percentile(sorted: &[Duration], percent: usize) -> f64 {
    let index = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(index).map_or(0.0, |value| value.as_secs_f64() * 1000.0)
}
