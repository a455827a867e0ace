//! Measures how many streams the simulator carries on this machine.

mod reader;
mod synthetic;

use super::{Clip, Config, Shared, Sim, SimError, read_clips, start_with};
use mingchu_domain::media::StreamKind;
use reader::{Reader, Tally, Window};
use serde::Serialize;
use std::{net::SocketAddr, path::Path, sync::Arc, thread, time::Duration};
use tokio::{sync::oneshot, task::JoinSet, time::Instant};

/// A picture that arrives so long after it was due is late.
const LATE: Duration = Duration::from_millis(40);

/// Time between the last session's start and the measurement.
const SETTLE: Duration = Duration::from_secs(1);

/// What to measure.
#[derive(Debug, Clone)]
pub struct Load {
    /// What is played; without clips a synthetic stream of 25 pictures a second and 2 Mbit/s.
    pub clips: Vec<Clip>,
    /// How many sessions at once, each of its own camera.
    pub streams: usize,
    /// How long.
    pub length: Duration,
}

/// What was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LoadReport {
    /// Sessions at once.
    pub streams: usize,
    /// Length of the measurement.
    pub seconds: f64,
    /// Pictures that were due.
    pub expected_frames: u64,
    /// Pictures that arrived whole.
    pub delivered_frames: u64,
    /// Pictures among them that arrived more than 40 ms after they were due.
    pub late_frames: u64,
    /// The worst delay.
    pub worst_delay_ms: f64,
    /// Received, RTP and RTSP together.
    pub megabits_per_second: f64,
    /// Processor time of the simulator's thread, in percent of one core; without the readers.
    pub simulator_cpu_percent: f64,
    /// The same for one stream.
    pub simulator_cpu_percent_per_stream: f64,
}

/// Why nothing was measured.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The simulator did not start.
    #[error("the simulator did not start")]
    Sim(#[from] SimError),
    /// A session could not be opened; more streams than open files, for example.
    #[error("a session could not be opened; is the limit of open files (ulimit -n) above twice the streams?")]
    Session(#[source] std::io::Error),
    /// The simulator's thread failed.
    #[error("the simulator's thread failed")]
    Thread(#[source] std::io::Error),
    /// The simulator's thread is gone.
    #[error("the simulator's thread ended early")]
    Ended,
}

/// Starts a simulator on a thread of its own and reads `streams` sessions over TCP for a while.
///
/// # Errors
/// When a clip is none, or a session cannot be opened.
pub async fn load(load: Load) -> Result<LoadReport, LoadError> {
    let clips = if load.clips.is_empty() { vec![(synthetic::media(), None)] } else { read_clips(&load.clips).await? };
    let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
    let config = Config {
        session_timeout: load.length + Duration::from_secs(600),
        ..Config::new(Vec::new(), load.streams, any_port)
    };
    let (stop, stopped) = oneshot::channel::<()>();
    let (begun, beginning) = oneshot::channel();
    let simulator = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let sim = start_with(config, &clips).await;
            let task = thread_folder();
            let kept = match sim {
                Ok(sim) => {
                    let shared = Arc::clone(&sim.shared);
                    let told = begun.send(Ok((shared, sim.address(), task)));
                    told.is_ok().then_some(sim)
                }
                Err(error) => begun.send(Err(error)).ok().and(None::<Sim>),
            };
            if let Some(sim) = kept {
                // also ends when the measurement is given up
                let _ended = stopped.await;
                sim.stop().await;
            }
        });
        Ok::<(), std::io::Error>(())
    };
    let thread = thread::Builder::new().name("simulator".to_owned()).spawn(simulator).map_err(LoadError::Thread)?;
    let report = match beginning.await {
        Ok(Ok((shared, address, task))) => measure(&load, &shared, address, task.as_deref()).await,
        Ok(Err(error)) => Err(error.into()),
        Err(_) => Err(LoadError::Ended),
    };
    drop(stop);
    let joined = tokio::task::spawn_blocking(move || thread.join()).await;
    match joined {
        Ok(Ok(ended)) => ended.map_err(LoadError::Thread)?,
        _ => return Err(LoadError::Ended),
    }
    report
}

async fn measure(
    load: &Load,
    shared: &Arc<Shared>,
    address: SocketAddr,
    task: Option<&Path>,
) -> Result<LoadReport, LoadError> {
    let mut readers = Vec::with_capacity(load.streams);
    for number in 1..=load.streams {
        readers.push(Reader::open(address, number).await.map_err(LoadError::Session)?);
    }
    let from = Instant::now() + SETTLE;
    let to = from + load.length;
    let mut tasks = JoinSet::new();
    for (reader, camera) in readers.into_iter().zip(&shared.cameras) {
        if let Some(stream) = camera.stream(StreamKind::Main) {
            tasks.spawn(reader.tally(Window { stream: Arc::clone(stream), from, to, late: LATE }));
        }
    }
    tokio::time::sleep_until(from).await;
    let (cpu_before, began) = (cpu_ns(task), Instant::now());
    tokio::time::sleep_until(to).await;
    let (cpu, took) = (cpu_ns(task).saturating_sub(cpu_before), began.elapsed().as_secs_f64());
    let mut sum = Tally::default();
    while let Some(tally) = tasks.join_next().await {
        sum.add(&tally.unwrap_or_default());
    }
    let simulator_cpu_percent = rounded(cpu as f64 / 1e7 / took);
    Ok(LoadReport {
        streams: load.streams,
        seconds: rounded(took),
        expected_frames: sum.expected,
        delivered_frames: sum.delivered,
        late_frames: sum.late,
        worst_delay_ms: rounded(sum.worst_delay.as_secs_f64() * 1e3),
        megabits_per_second: rounded(sum.bytes as f64 * 8e-6 / took),
        simulator_cpu_percent,
        simulator_cpu_percent_per_stream: rounded(simulator_cpu_percent / load.streams.max(1) as f64),
    })
}

/// Three digits behind the point are more than a measurement is worth.
fn rounded(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}

/// Returns the folder of the current thread in `/proc`; `None` where there is no such thing.
fn thread_folder() -> Option<std::path::PathBuf> {
    std::fs::read_link("/proc/thread-self").ok().map(|task| Path::new("/proc").join(task))
}

/// Returns the processor time of a thread in nanoseconds, 0 when it cannot be told.
fn cpu_ns(task: Option<&Path>) -> u64 {
    let statistics = task.and_then(|task| std::fs::read_to_string(task.join("schedstat")).ok());
    statistics.and_then(|text| text.split(' ').next()?.parse().ok()).unwrap_or(0)
}
