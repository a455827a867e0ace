//! When a kitchen works, and when a rule is judged.

use crate::{
    place::words,
    publication::{ServiceWindow, is_open},
    time::WallTime,
};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

words! {
    /// When a rule is judged.
    RuleHours {
        /// At any time.
        Always = "always", "全天", "At any time";
        /// While the kitchen works.
        Service = "service", "工作时段", "In service hours";
        /// While it does not.
        Closed = "closed", "非工作时段", "Outside service hours";
    }
}

/// Bits of Monday to Sunday.
const EVERY_DAY: u8 = 127;

/// A time of day in Beijing, to the minute; `24:00` is the end of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DayTime(u16);

/// Text that is no time of day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no time of day as 05:30")]
pub struct InvalidDayTime(pub String);

impl FromStr for DayTime {
    type Err = InvalidDayTime;
    fn from_str(text: &str) -> Result<Self, InvalidDayTime> {
        let parts = text.split_once(':').filter(|(hour, minute)| hour.len() == 2 && minute.len() == 2);
        let minutes = parts.and_then(|(hour, minute)| {
            let (hour, minute) = (hour.parse::<u16>().ok()?, minute.parse::<u16>().ok()?);
            (minute < 60 && hour * 60 + minute <= 1440).then_some(hour * 60 + minute)
        });
        minutes.map(Self).ok_or_else(|| InvalidDayTime(text.to_owned()))
    }
}

impl TryFrom<String> for DayTime {
    type Error = InvalidDayTime;
    fn try_from(text: String) -> Result<Self, InvalidDayTime> {
        text.parse()
    }
}

impl From<DayTime> for String {
    fn from(time: DayTime) -> Self {
        time.to_string()
    }
}

impl fmt::Display for DayTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

/// When kitchens work whose canteens have not said it: every day from `from` until before `until`, Beijing time.
// Invariant: from < until.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Span", into = "Span")]
pub struct ServiceHours {
    from: DayTime,
    until: DayTime,
}

#[derive(Serialize, Deserialize)]
struct Span {
    from: DayTime,
    until: DayTime,
}

impl TryFrom<Span> for ServiceHours {
    type Error = String;
    fn try_from(span: Span) -> Result<Self, String> {
        let Span { from, until } = span;
        Self::new(from, until).ok_or_else(|| format!("service hours end at {until}, not after {from}"))
    }
}

impl From<ServiceHours> for Span {
    fn from(hours: ServiceHours) -> Self {
        Self { from: hours.from, until: hours.until }
    }
}

impl Default for ServiceHours {
    fn default() -> Self {
        Self { from: DayTime(5 * 60 + 30), until: DayTime(20 * 60) }
    }
}

impl ServiceHours {
    /// Returns the hours, or `None` when they end before they begin.
    #[must_use]
    pub fn new(from: DayTime, until: DayTime) -> Option<Self> {
        (from < until).then_some(Self { from, until })
    }

    /// Returns the first minute.
    #[must_use]
    pub const fn from(self) -> DayTime {
        self.from
    }

    /// Returns the first minute after.
    #[must_use]
    pub const fn until(self) -> DayTime {
        self.until
    }

    /// Returns the same hours as a window of every day.
    #[must_use]
    pub fn window(self) -> ServiceWindow {
        ServiceWindow::from_bits(EVERY_DAY, self.from.0, self.until.0).expect("from < until <= 24:00")
    }
}

impl RuleHours {
    /// Whether a rule of these hours is judged at `at` in a kitchen that works in `service`.
    #[must_use]
    pub fn contains(self, at: WallTime, service: &[ServiceWindow]) -> bool {
        match self {
            Self::Always => true,
            Self::Service => is_open(service, at),
            Self::Closed => !is_open(service, at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_kitchen_works_by_beijing_time() {
        let hours = [ServiceHours::default().window()];
        let at = |text: &str| is_open(&hours, text.parse().unwrap());
        assert!(at("2026-11-20T21:30:00Z") && at("2026-11-21T11:59:59Z"), "05:30 and 19:59 in Beijing");
        assert!(!at("2026-11-20T21:29:59Z") && !at("2026-11-21T12:00:00Z"), "05:29 and 20:00 in Beijing");
    }

    #[test]
    fn hours_that_end_before_they_begin_are_refused() {
        let wrong = serde_json::from_str::<ServiceHours>(r#"{"from":"20:00","until":"05:30"}"#).unwrap_err();
        assert!(wrong.to_string().contains("service hours end at 05:30, not after 20:00"), "{wrong}");
        assert!("25:00".parse::<DayTime>().is_err() && "5:30".parse::<DayTime>().is_err());
        assert_eq!("24:00".parse::<DayTime>().unwrap().to_string(), "24:00");
    }

    proptest! {
        #[test]
        fn service_and_closed_hours_part_the_day(minute in 0i64..1440) {
            let (service, at) = ([ServiceHours::default().window()], WallTime::from_micros(minute * 60_000_000));
            prop_assert_ne!(RuleHours::Service.contains(at, &service), RuleHours::Closed.contains(at, &service));
            prop_assert!(RuleHours::Always.contains(at, &service));
        }
    }
}
