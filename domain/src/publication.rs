//! What must be so before a camera's picture may be shown to the public: facts of its canteen, two approvals of one
//! picture, and the hours in which the kitchen works. Pure.

use crate::{place::words, time::WallTime};
use serde::{Deserialize, Serialize};
use std::time::Duration;

words! {
    /// Who must approve. Either may take the approval back.
    Side {
        /// The school that runs the canteen.
        School = "school", "学校", "School";
        /// The authority that supervises it.
        Regulator = "regulator", "监管部门", "Authority";
    }
}

words! {
    /// What a canteen must have done before any picture of it may be public.
    FactKind {
        /// A sign that people are filmed, where they see it (国务院令第799号 Art. 13).
        Signage = "signage", "显著提示标识", "Sign that people are filmed";
        /// The staff were told, and are hidden or have each agreed (个人信息保护法 Art. 17, 25).
        StaffNotice = "staff_notice", "员工告知", "Staff notice";
        /// The impact on personal information was assessed; kept for three years (个人信息保护法 Art. 55, 56).
        Assessment = "assessment", "个人信息保护影响评估", "Personal information impact assessment";
    }
}

words! {
    /// On what the staff's pictures may go out.
    ConsentBasis {
        /// Nobody can be recognised: people are hidden in every public picture.
        Mosaic = "mosaic", "画面打码", "People are hidden";
        /// Everybody in the kitchen has agreed separately; people are hidden all the same.
        Consent = "consent", "全员单独同意", "Everybody agreed separately";
    }
}

/// Minutes of a day.
const DAY: u16 = 24 * 60;

/// A time of day on some days of the week, in China.
// Invariant: some day, from < until <= 24:00.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceWindow {
    days: u8,
    from: u16,
    until: u16,
}

/// Hours that cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidWindow {
    /// No day of the week.
    #[error("a window needs at least one day, 1 (Monday) to 7 (Sunday)")]
    NoDay,
    /// Its end is not after its begin.
    #[error("a window begins before it ends, within one day: 00:00 to 24:00")]
    Reversed,
}

impl ServiceWindow {
    /// Returns the window from minute `from` of the day up to minute `until`, on `days`, 1 (Monday) to 7 (Sunday).
    ///
    /// # Errors
    /// When there is no day, or it ends before it begins.
    pub fn new(days: &[u8], from: u16, until: u16) -> Result<Self, InvalidWindow> {
        if days.is_empty() || days.iter().any(|day| !(1..=7).contains(day)) {
            return Err(InvalidWindow::NoDay);
        }
        let days = days.iter().fold(0, |bits, day| bits | 1 << (day - 1));
        Self::from_bits(days, from, until)
    }

    /// Returns the window of `days` as bits, the lowest for Monday.
    ///
    /// # Errors
    /// As [`ServiceWindow::new`].
    pub const fn from_bits(days: u8, from: u16, until: u16) -> Result<Self, InvalidWindow> {
        if days == 0 || days > 127 {
            return Err(InvalidWindow::NoDay);
        }
        if from >= until || until > DAY {
            return Err(InvalidWindow::Reversed);
        }
        Ok(Self { days, from, until })
    }

    /// Returns the days as bits, the lowest for Monday.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.days
    }
    /// Returns the days, 1 (Monday) to 7 (Sunday).
    #[must_use]
    pub fn days(self) -> Vec<u8> {
        (1..=7).filter(|day| self.is_on(*day)).collect()
    }
    /// Returns the first minute of the day.
    #[must_use]
    pub const fn from(self) -> u16 {
        self.from
    }
    /// Returns the first minute after it.
    #[must_use]
    pub const fn until(self) -> u16 {
        self.until
    }

    /// Returns the window that is always open.
    #[must_use]
    pub const fn always() -> Self {
        Self { days: 127, from: 0, until: DAY }
    }

    const fn is_on(self, day: u8) -> bool {
        self.days & (1 << (day - 1)) != 0
    }
}

/// Whether one of the windows is open at `at`.
#[must_use]
pub fn is_open(windows: &[ServiceWindow], at: WallTime) -> bool {
    let (day, minute) = in_china(at);
    windows.iter().any(|window| window.is_on(day) && (window.from..window.until).contains(&minute))
}

/// Returns when the newest window that had begun by `at` began; `None` without windows.
#[must_use]
pub fn began_before(windows: &[ServiceWindow], at: WallTime) -> Option<WallTime> {
    let (today, minute) = in_china(at);
    let began = |window: &ServiceWindow| {
        let back = (0..=7u8).find(|back| {
            let day = (today + 7 - 1 - back % 7) % 7 + 1;
            window.is_on(day) && (*back > 0 || window.from <= minute)
        })?;
        Some(u64::from(back) * u64::from(DAY) + u64::from(minute) - u64::from(window.from))
    };
    let ago_min = windows.iter().filter_map(began).min()?;
    Some(WallTime::from_micros(at.micros() - at.micros().rem_euclid(60_000_000)) - Duration::from_secs(ago_min * 60))
}

/// Returns the windows of the day of `at`, in order.
#[must_use]
pub fn today(windows: &[ServiceWindow], at: WallTime) -> Vec<ServiceWindow> {
    let (day, _) = in_china(at);
    let mut today: Vec<_> = windows.iter().copied().filter(|window| window.is_on(day)).collect();
    today.sort_by_key(|window| (window.from, window.until));
    today
}

/// Returns the day of the week, 1 (Monday) to 7, and the minute of the day.
fn in_china(at: WallTime) -> (u8, u16) {
    let stamp = jiff::Timestamp::from_microsecond(at.micros()).unwrap_or_default();
    let there = jiff::tz::Offset::constant(8).to_datetime(stamp);
    let minute = u16::from(there.hour().unsigned_abs()) * 60 + u16::from(there.minute().unsigned_abs());
    (there.weekday().to_monday_one_offset().unsigned_abs(), minute)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> WallTime {
        text.parse().unwrap()
    }

    #[test]
    fn a_canteen_is_open_in_its_hours_in_china_and_not_a_minute_longer() {
        let lunch = [ServiceWindow::new(&[1, 2, 3, 4, 5], 10 * 60 + 30, 12 * 60 + 30).unwrap()];
        // 20 November 2026 is a Friday
        assert!(is_open(&lunch, at("2026-11-20T02:30:00Z")) && is_open(&lunch, at("2026-11-20T04:29:59Z")));
        assert!(!is_open(&lunch, at("2026-11-20T02:29:59Z")) && !is_open(&lunch, at("2026-11-20T04:30:00Z")));
        assert!(!is_open(&lunch, at("2026-11-21T03:00:00Z")) && today(&lunch, at("2026-11-21T03:00:00Z")).is_empty());
        // Friday evening in UTC is Saturday in China
        assert!(today(&lunch, at("2026-11-20T17:00:00Z")).is_empty());
        assert!(!is_open(&[], at("2026-11-20T03:00:00Z")));
    }

    #[test]
    fn a_whole_day_has_no_gap_and_windows_come_in_order() {
        let whole = ServiceWindow::new(&[1, 2, 3, 4, 5, 6, 7], 0, DAY).unwrap();
        assert!((0..24).all(|hour| is_open(&[whole], at(&format!("2026-11-20T{hour:02}:59:59Z")))));
        let supper = ServiceWindow::new(&[5], 1000, 1100).unwrap();
        let lunch = ServiceWindow::new(&[5], 600, 700).unwrap();
        assert_eq!(today(&[supper, lunch], at("2026-11-20T03:00:00Z")), [lunch, supper]);
    }

    #[test]
    fn the_newest_service_began_today_yesterday_or_last_week() {
        let lunch = ServiceWindow::new(&[1, 2, 3, 4, 5], 10 * 60 + 30, 12 * 60 + 30).unwrap();
        let began = |windows: &[ServiceWindow], text: &str| began_before(windows, at(text)).map(|at| at.to_string());
        // Friday noon in China, Friday morning, Sunday
        assert_eq!(began(&[lunch], "2026-11-20T04:00:30Z").unwrap(), "2026-11-20T02:30:00.000000Z");
        assert_eq!(began(&[lunch], "2026-11-20T02:29:00Z").unwrap(), "2026-11-19T02:30:00.000000Z");
        assert_eq!(began(&[lunch], "2026-11-22T04:00:00Z").unwrap(), "2026-11-20T02:30:00.000000Z");
        let supper = ServiceWindow::new(&[5], 960, 1080).unwrap();
        assert_eq!(began(&[lunch, supper], "2026-11-20T09:00:00Z").unwrap(), "2026-11-20T08:00:00.000000Z");
        // once a week, and not yet today
        assert_eq!(began(&[supper], "2026-11-20T07:59:59Z").unwrap(), "2026-11-13T08:00:00.000000Z");
        assert_eq!(began(&[], "2026-11-20T07:59:59Z"), None);
    }

    #[test]
    fn hours_that_cannot_be_are_refused() {
        assert_eq!(ServiceWindow::new(&[], 0, 1), Err(InvalidWindow::NoDay));
        assert_eq!(ServiceWindow::new(&[8], 0, 1), Err(InvalidWindow::NoDay));
        assert_eq!(ServiceWindow::new(&[1], 60, 60), Err(InvalidWindow::Reversed));
        assert_eq!(ServiceWindow::new(&[1], 60, DAY + 1), Err(InvalidWindow::Reversed));
        assert_eq!(ServiceWindow::new(&[7, 1], 60, 61).unwrap().days(), [1, 7]);
    }
}
