//! What was measured.

use super::recorder::Recorder;
use serde::Serialize;
use std::{collections::BTreeMap, fmt::Write, fs, ops::Range, time::Duration};

/// Everything that was measured.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    cameras: u16,
    seconds: u64,
    paced: bool,
    /// How long the recorders' files were.
    segment_seconds: u64,
    /// Of the machine over one minute, before the first recorder: what else was going on.
    load_average: f64,
    /// Ours.
    #[serde(flatten)]
    ours: Option<Figures>,
    peers: BTreeMap<String, Figures>,
    /// Our processor time as part of theirs; `null` when theirs was too little to be counted.
    ratios: BTreeMap<String, Option<f64>>,
    /// Peers that failed.
    not_measured: Vec<String>,
}

/// One recorder, a camera.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Figures {
    /// Of one core, in user and system mode.
    cpu_percent_per_camera: f64,
    /// PSS.
    mb_per_camera: f64,
    /// Of those sent; `null` for who keeps none.
    frames_lost: Option<u64>,
    frames_sent: u64,
    /// The simulator's own cost meanwhile.
    simulator_cpu_percent_per_camera: f64,
}

impl Figures {
    pub(super) fn new(
        cameras: u16,
        took: Duration,
        cpu: Duration,
        simulator: Duration,
        memory_bytes: u64,
        frames_lost: Option<u64>,
        sent: &[Range<u64>],
    ) -> Self {
        let cameras = f64::from(cameras);
        let percent = |cpu: Duration| rounded(100.0 * cpu.as_secs_f64() / took.as_secs_f64() / cameras, 4);
        Self {
            cpu_percent_per_camera: percent(cpu),
            mb_per_camera: rounded(memory_bytes as f64 / f64::from(1 << 20) / cameras, 3),
            frames_lost,
            frames_sent: sent.iter().map(|sent| sent.end - sent.start).sum(),
            simulator_cpu_percent_per_camera: percent(simulator),
        }
    }
}

impl Report {
    pub(super) fn new(cameras: u16, length: Duration, paced: bool, segment: Duration) -> Self {
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        Self {
            cameras,
            seconds: length.as_secs(),
            paced,
            segment_seconds: segment.as_secs(),
            load_average: load.split(' ').next().and_then(|load| load.parse().ok()).unwrap_or_default(),
            ours: None,
            peers: BTreeMap::new(),
            ratios: BTreeMap::new(),
            not_measured: Vec::new(),
        }
    }

    /// Adds a recorder; ours comes first.
    pub(super) fn add(&mut self, recorder: Recorder, figures: Figures) {
        match (&self.ours, recorder) {
            (_, Recorder::Gateway) => self.ours = Some(figures),
            (ours, _) => {
                if let Some(ours) = ours {
                    let (ours, theirs) = (ours.cpu_percent_per_camera, figures.cpu_percent_per_camera);
                    let ratio = (theirs > 0.0).then(|| rounded(ours / theirs, 3));
                    self.ratios.insert(recorder.to_string(), ratio);
                }
                self.peers.insert(recorder.to_string(), figures);
            }
        }
    }

    /// Says that a peer failed.
    pub(super) fn leave_out(&mut self, recorder: Recorder) {
        self.not_measured.push(recorder.to_string());
    }

    pub(super) fn is_complete(&self) -> bool {
        self.not_measured.is_empty()
    }

    /// Returns the report for people.
    pub(super) fn table(&self) -> String {
        let network = if self.paced { "each packet alone" } else { "a write a picture" };
        let mut text = format!(
            "{} cameras, {network}, {} s, files of {} s, load average before {:.1}\n{:12}{:>12}{:>12}{:>22}{:>14}",
            self.cameras,
            self.seconds,
            self.segment_seconds,
            self.load_average,
            "",
            "CPU %",
            "MB",
            "pictures lost",
            "ours/theirs"
        );
        let ours = self.ours.iter().map(|ours| (Recorder::Gateway.to_string(), ours));
        for (name, figures) in ours.chain(self.peers.iter().map(|(name, figures)| (name.clone(), figures))) {
            let lost = figures.frames_lost.map_or("keeps none".to_owned(), |lost| lost.to_string());
            let ratio = self.ratios.get(&name).copied().flatten().map_or(String::new(), |ratio| format!("{ratio:.2}"));
            // writing to a string cannot fail
            let _never = write!(
                text,
                "\n{name:12}{:>12.3}{:>12.2}{:>22}{ratio:>14}",
                figures.cpu_percent_per_camera,
                figures.mb_per_camera,
                format!("{lost} of {}", figures.frames_sent)
            );
        }
        text
    }
}

/// More digits are more than a measurement is worth.
fn rounded(value: f64, digits: i32) -> f64 {
    let scale = 10_f64.powi(digits);
    (value * scale).round() / scale
}
