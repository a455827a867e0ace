//! Shares, areas under curves and reliability, each with how sure it is. Pure.

use serde::Serialize;

/// Standard normal quantile of a two-sided 95 % interval.
const Z: f64 = 1.959_964;

/// A share of a count with its 95 % interval (Wilson).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Share {
    /// The share; `None` of nothing.
    pub value: Option<f64>,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
    /// How many were right.
    pub hits: u64,
    /// Of how many.
    pub of: u64,
}

impl Share {
    /// Returns the share `hits` of `of`.
    #[must_use]
    pub fn new(hits: u64, of: u64) -> Self {
        if of == 0 {
            return Self { value: None, low: 0.0, high: 1.0, hits, of };
        }
        let (n, p) = (of as f64, hits as f64 / of as f64);
        let middle = (p + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
        let half = Z / (1.0 + Z * Z / n) * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
        Self { value: Some(p), low: (middle - half).max(0.0), high: (middle + half).min(1.0), hits, of }
    }
}

/// An area under the curve with its 95 % interval (Hanley and `McNeil`, 1982).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Auc {
    /// The area: the probability that a positive scores above a negative.
    pub value: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
    /// Positives.
    pub positives: usize,
    /// Negatives.
    pub negatives: usize,
}

/// Returns the area under the curve of `(score, is positive)`; `None` where one kind is missing.
#[must_use]
pub fn auc(scored: &[(f32, bool)]) -> Option<Auc> {
    let mut sorted = scored.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let positives = sorted.iter().filter(|(_, is)| *is).count();
    let negatives = sorted.len() - positives;
    if positives == 0 || negatives == 0 {
        return None;
    }
    // Mann and Whitney: equal scores share their rank.
    let (mut sum, mut index) = (0.0, 0);
    while index < sorted.len() {
        let end = sorted[index..].iter().take_while(|(score, _)| *score == sorted[index].0).count() + index;
        let rank = (index + 1 + end) as f64 / 2.0;
        sum += rank * sorted[index..end].iter().filter(|(_, is)| *is).count() as f64;
        index = end;
    }
    let (p, n) = (positives as f64, negatives as f64);
    let value = (sum - p * (p + 1.0) / 2.0) / (p * n);
    let (q1, q2) = (value / (2.0 - value), 2.0 * value * value / (1.0 + value));
    let variance =
        (value * (1.0 - value) + (p - 1.0) * (q1 - value * value) + (n - 1.0) * (q2 - value * value)) / (p * n);
    let half = Z * variance.max(0.0).sqrt();
    Some(Auc { value, low: (value - half).max(0.0), high: (value + half).min(1.0), positives, negatives })
}

/// One tenth of the reliability curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Reliability {
    /// Mean probability that was said.
    pub said: f64,
    /// Share that came true.
    pub came_true: f64,
    /// How many.
    pub count: u64,
}

/// Returns the tenths of the reliability curve that are not empty.
#[must_use]
pub fn reliability(scored: &[(f32, bool)]) -> Vec<Reliability> {
    let tenths = (0u8..10).map(|tenth| {
        let (from, to) = (f32::from(tenth) / 10.0, f32::from(tenth + 1) / 10.0);
        let inside: Vec<_> =
            scored.iter().filter(|(p, _)| *p >= from && (*p < to || (tenth == 9 && *p <= 1.0))).collect();
        let count = inside.len();
        let mean = |sum: f64| sum / count.max(1) as f64;
        Reliability {
            said: mean(inside.iter().map(|(p, _)| f64::from(*p)).sum()),
            came_true: mean(inside.iter().filter(|(_, is)| *is).count() as f64),
            count: count as u64,
        }
    });
    tenths.filter(|tenth| tenth.count > 0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_share_has_wilsons_interval() {
        // Newcombe 1998, table 1: 81 of 263 gives 0.2553 to 0.3662.
        let share = Share::new(81, 263);
        assert!((share.low - 0.2553).abs() < 1e-4 && (share.high - 0.3662).abs() < 1e-4, "{share:?}");
        assert_eq!(Share::new(0, 0).value, None);
    }

    #[test]
    fn an_area_counts_ties_as_half() {
        let found = auc(&[(0.1, false), (0.4, false), (0.4, true), (0.9, true)]).unwrap();
        assert!((found.value - 0.875).abs() < 1e-9);
        assert_eq!(auc(&[(0.1, true)]), None);
    }

    #[test]
    fn a_tenth_says_what_was_said_and_what_came_true() {
        let curve = reliability(&[(0.05, false), (0.95, true), (1.0, true), (0.9, false)]);
        assert_eq!(curve.iter().map(|tenth| tenth.count).collect::<Vec<_>>(), [1, 3]);
        assert!((curve[1].came_true - 2.0 / 3.0).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn an_area_is_that_of_all_pairs(scored in prop::collection::vec((0u8..20, any::<bool>()), 2..60)) {
            let scored: Vec<(f32, bool)> = scored.into_iter().map(|(p, is)| (f32::from(p) / 20.0, is)).collect();
            if let Some(found) = auc(&scored) {
                let (mut won, mut pairs) = (0.0, 0.0);
                for (p, _) in scored.iter().filter(|(_, is)| *is) {
                    for (n, _) in scored.iter().filter(|(_, is)| !*is) {
                        pairs += 1.0;
                        won += if p > n { 1.0 } else if p == n { 0.5 } else { 0.0 };
                    }
                }
                prop_assert!((found.value - won / pairs).abs() < 1e-9);
                prop_assert!(found.low <= found.value && found.value <= found.high);
            }
        }
    }
}
