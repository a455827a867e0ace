//! What was measured.

use super::{index::Index, requests::What};
use serde::Serialize;
use std::{fmt::Write, fs, time::Duration};

/// Everything that was measured.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    cameras: usize,
    days: u16,
    segments: u64,
    gaps: u64,
    violations: u64,
    database: String,
    /// How long the index took to fill.
    fill_s: f64,
    /// Of the machine over one minute, before the first request.
    load_average: f64,
    measures: Vec<Measure>,
}

#[derive(Debug, Serialize)]
struct Measure {
    what: &'static str,
    clients: usize,
    #[serde(flatten)]
    figures: Figures,
}

/// Times of one kind of request, from the first byte sent to the last byte read.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Figures {
    requests: usize,
    p50_ms: f64,
    p95_ms: f64,
    p99_ms: f64,
    max_ms: f64,
    /// Of the answers, as they came.
    mean_bytes: usize,
}

impl Figures {
    /// Sums up times and sizes, of which there is at least one.
    pub(super) fn new(answers: &[(Duration, usize)]) -> Self {
        let mut times: Vec<Duration> = answers.iter().map(|(took, _)| *took).collect();
        times.sort_unstable();
        let quantile = |percent: usize| {
            // the nearest rank: p99 of 100 is the 99th
            let rank = (times.len() * percent).div_ceil(100).clamp(1, times.len());
            rounded(times[rank - 1])
        };
        Self {
            requests: answers.len(),
            p50_ms: quantile(50),
            p95_ms: quantile(95),
            p99_ms: quantile(99),
            max_ms: quantile(100),
            mean_bytes: answers.iter().map(|(_, bytes)| bytes).sum::<usize>() / answers.len().max(1),
        }
    }
}

impl Report {
    pub(super) fn new(index: &Index, days: u16, database: &str, filled: Duration) -> Self {
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        Self {
            cameras: index.cameras.len(),
            days,
            segments: index.segments,
            gaps: index.gaps,
            violations: index.violations,
            database: database.to_owned(),
            fill_s: (filled.as_secs_f64() * 10.0).round() / 10.0,
            load_average: load.split(' ').next().and_then(|load| load.parse().ok()).unwrap_or_default(),
            measures: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, what: What, clients: usize, figures: Figures) {
        self.measures.push(Measure { what: what.name(), clients, figures });
    }

    /// Returns the report for people.
    pub(super) fn table(&self) -> String {
        let mut text = format!(
            "{} cameras, {} days, {} files, {} gaps, {} violations, {}, filled in {} s, load average before {:.1}\n\
             {:16}{:>8}{:>10}{:>10}{:>10}{:>10}{:>12}",
            self.cameras,
            self.days,
            self.segments,
            self.gaps,
            self.violations,
            self.database,
            self.fill_s,
            self.load_average,
            "",
            "at once",
            "p50 ms",
            "p95 ms",
            "p99 ms",
            "max ms",
            "bytes"
        );
        for Measure { what, clients, figures } in &self.measures {
            let Figures { p50_ms, p95_ms, p99_ms, max_ms, mean_bytes, .. } = figures;
            // writing to a string cannot fail
            let _never = write!(
                text,
                "\n{what:16}{clients:>8}{p50_ms:>10.1}{p95_ms:>10.1}{p99_ms:>10.1}{max_ms:>10.1}{mean_bytes:>12}"
            );
        }
        text
    }
}

/// More digits are more than a measurement is worth.
fn rounded(took: Duration) -> f64 {
    (took.as_secs_f64() * 100_000.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_a_time_that_was_measured() {
        let answers: Vec<_> = (1..=200).rev().map(|ms| (Duration::from_millis(ms), 10)).collect();
        let figures = Figures::new(&answers);
        assert_eq!((figures.p50_ms, figures.p95_ms, figures.p99_ms, figures.max_ms), (100.0, 190.0, 198.0, 200.0));
        let one = Figures::new(&[(Duration::from_millis(7), 3)]);
        assert_eq!((one.p50_ms, one.p99_ms, one.mean_bytes), (7.0, 7.0, 3));
    }
}
