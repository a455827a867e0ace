//! On which day the disk will be too small, at today's rate of writing.

/// Footage of one class under one policy, on the disks that are looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stock {
    /// Days it is kept when there is room.
    pub keep_days: u32,
    /// Days it is kept in any case.
    pub floor_days: u32,
    /// Bytes on disk by age in whole days, the youngest first.
    pub bytes_by_age: Vec<u64>,
    /// Bytes that come every day.
    pub bytes_per_day: u64,
}

/// What there is and what comes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outlook {
    /// Bytes that footage may take before the disk counts as nearly full.
    pub usable_bytes: u64,
    /// Bytes that nothing deletes: held footage.
    pub held_bytes: u64,
    /// Bytes that come to it every day.
    pub held_per_day: u64,
    /// Everything else.
    pub stocks: Vec<Stock>,
}

/// When the disk will be too small; days from today, 0 is today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Forecast {
    /// The first day on which footage goes before its period ends.
    pub shortens_in_days: Option<u32>,
    /// The first day on which even the floors cannot be kept.
    pub floor_breaks_in_days: Option<u32>,
}

/// Looks `horizon_days` ahead, day by day: the day's footage comes, what is past its period goes, then the oldest above
/// the floors goes until the rest fits.
#[must_use]
pub fn forecast(outlook: &Outlook, horizon_days: u32) -> Forecast {
    let mut stocks = outlook.stocks.clone();
    let mut held = outlook.held_bytes;
    let mut found = Forecast::default();
    for day in 0..=horizon_days {
        if day > 0 {
            held = held.saturating_add(outlook.held_per_day);
            stocks.iter_mut().for_each(Stock::live_one_day);
        }
        stocks.iter_mut().for_each(Stock::expire);
        let needed = held.saturating_add(stocks.iter().map(Stock::bytes).sum());
        let Some(excess) = needed.checked_sub(outlook.usable_bytes).filter(|excess| *excess > 0) else { continue };
        found.shortens_in_days.get_or_insert(day);
        if !shorten(&mut stocks, excess) {
            found.floor_breaks_in_days = Some(day);
            return found;
        }
    }
    found
}

/// Drops the oldest footage above the floors until `excess` bytes are gone; returns whether they are.
fn shorten(stocks: &mut [Stock], mut excess: u64) -> bool {
    let oldest = stocks.iter().map(|stock| stock.bytes_by_age.len()).max().unwrap_or(0);
    for age in (0..oldest).rev() {
        for stock in stocks.iter_mut().filter(|stock| age >= stock.floor_days as usize) {
            let Some(bytes) = stock.bytes_by_age.get_mut(age) else { continue };
            let gone = excess.min(*bytes);
            *bytes -= gone;
            excess -= gone;
        }
        if excess == 0 {
            return true;
        }
    }
    excess == 0
}

impl Stock {
    fn live_one_day(&mut self) {
        self.bytes_by_age.insert(0, self.bytes_per_day);
    }

    fn expire(&mut self) {
        // what is `keep_days` old to the day still counts: a day is written while one is deleted
        self.bytes_by_age.truncate((self.keep_days as usize).saturating_add(1));
    }

    fn bytes(&self) -> u64 {
        self.bytes_by_age.iter().copied().fold(0, u64::saturating_add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn routine(bytes_per_day: u64, days_there: usize) -> Stock {
        Stock { keep_days: 30, floor_days: 7, bytes_by_age: vec![bytes_per_day; days_there], bytes_per_day }
    }

    fn outlook(usable_bytes: u64, stock: Stock) -> Outlook {
        Outlook { usable_bytes, stocks: vec![stock], ..Outlook::default() }
    }

    #[test]
    fn a_disk_that_holds_the_whole_period_never_breaks() {
        assert_eq!(forecast(&outlook(3100, routine(100, 0)), 400), Forecast::default());
    }

    #[test]
    fn a_disk_for_twenty_days_shortens_on_the_day_it_is_full_and_keeps_the_floor() {
        let found = forecast(&outlook(2000, routine(100, 5)), 400);
        assert_eq!(found, Forecast { shortens_in_days: Some(16), floor_breaks_in_days: None });
    }

    #[test]
    fn a_disk_for_five_days_breaks_the_floor_on_the_day_it_is_full() {
        let found = forecast(&outlook(500, routine(100, 2)), 400);
        assert_eq!(found, Forecast { shortens_in_days: Some(4), floor_breaks_in_days: Some(4) });
    }

    #[test]
    fn growing_holds_break_the_floor_later() {
        let mut outlook = outlook(2000, routine(100, 20));
        outlook.held_per_day = 10;
        let found = forecast(&outlook, 400);
        assert_eq!(found.shortens_in_days, Some(1));
        // 2000 = 7 days x 100 + the day being written ... + 10 a day
        assert!(found.floor_breaks_in_days.is_some_and(|day| (115..=135).contains(&day)), "{found:?}");
    }

    fn any_stock() -> impl Strategy<Value = Stock> {
        (1u32..40, 0u32..40, prop::collection::vec(0u64..1000, 0..40), 0u64..1000).prop_map(
            |(floor_days, more, bytes_by_age, bytes_per_day)| Stock {
                keep_days: floor_days + more,
                floor_days,
                bytes_by_age,
                bytes_per_day,
            },
        )
    }

    fn any_outlook() -> impl Strategy<Value = Outlook> {
        (0u64..60_000, 0u64..5000, 0u64..100, prop::collection::vec(any_stock(), 0..4)).prop_map(
            |(usable_bytes, held_bytes, held_per_day, stocks)| Outlook {
                usable_bytes,
                held_bytes,
                held_per_day,
                stocks,
            },
        )
    }

    fn day(found: Option<u32>) -> u32 {
        found.unwrap_or(u32::MAX)
    }

    proptest! {
        #[test]
        fn more_room_breaks_nothing_earlier(outlook in any_outlook(), more in 0u64..10_000) {
            let larger = Outlook { usable_bytes: outlook.usable_bytes + more, ..outlook.clone() };
            let (small, large) = (forecast(&outlook, 200), forecast(&larger, 200));
            prop_assert!(day(large.shortens_in_days) >= day(small.shortens_in_days));
            prop_assert!(day(large.floor_breaks_in_days) >= day(small.floor_breaks_in_days));
        }

        #[test]
        fn the_floor_never_breaks_before_footage_is_shortened(outlook in any_outlook()) {
            let found = forecast(&outlook, 200);
            prop_assert!(day(found.floor_breaks_in_days) >= day(found.shortens_in_days));
        }

        #[test]
        fn what_fits_today_and_gets_nothing_new_never_breaks(outlook in any_outlook()) {
            let mut outlook = outlook;
            outlook.held_per_day = 0;
            outlook.stocks.iter_mut().for_each(|stock| stock.bytes_per_day = 0);
            let all: u64 = outlook.stocks.iter().map(Stock::bytes).sum();
            outlook.usable_bytes = outlook.held_bytes + all;
            prop_assert_eq!(forecast(&outlook, 200), Forecast::default());
        }
    }
}
