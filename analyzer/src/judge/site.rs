//! What a camera's canteen has said of itself: hours, colours, mutes, zones with rules switched off.

use super::clothes::Palette;
use mingchu_domain::{id::ZoneId, publication::ServiceWindow, rule::RuleCode, time::WallTime};
use std::collections::{BTreeMap, BTreeSet};

/// What is known of the place.
#[derive(Debug, Clone)]
pub struct Site {
    /// When the kitchen works; a file of footage works all day.
    pub service: Vec<ServiceWindow>,
    /// The colours of its work clothes.
    pub clothes: Palette,
    /// Rules that open no violations until then.
    pub mutes: BTreeMap<RuleCode, WallTime>,
    /// Rules that a person switched off in a zone.
    pub off: BTreeSet<(ZoneId, RuleCode)>,
}

impl Default for Site {
    fn default() -> Self {
        let service = vec![ServiceWindow::always()];
        Self { service, clothes: Palette::default(), mutes: BTreeMap::new(), off: BTreeSet::new() }
    }
}

impl Site {
    /// Whether `code` opens no violations at `at`.
    #[must_use]
    pub fn is_muted(&self, code: RuleCode, at: WallTime) -> bool {
        self.mutes.get(&code).is_some_and(|&until| at < until)
    }
}
