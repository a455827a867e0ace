//! A simple limit a minute and address, for what anyone may call.

use mingchu_domain::time::WallTime;
use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
};

const MINUTE_US: i64 = 60_000_000;

/// Counts requests by address in the running minute.
// Bounded: above `MOST` addresses in one minute the counts start again, so that memory stays fixed.
#[derive(Debug)]
pub(crate) struct RateLimit {
    allowed: u32,
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    minute: i64,
    by_address: HashMap<IpAddr, u32>,
}

const MOST: usize = 20_000;

impl RateLimit {
    pub(crate) fn new(allowed: u32) -> Self {
        Self { allowed, counts: Mutex::default() }
    }

    /// Counts one request.
    ///
    /// # Errors
    /// Returns the seconds until the next minute when the address has used up this one.
    pub(crate) fn take(&self, address: IpAddr, now: WallTime) -> Result<(), u64> {
        let minute = now.micros().div_euclid(MINUTE_US);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.minute != minute || counts.by_address.len() >= MOST {
            *counts = Counts { minute, by_address: HashMap::new() };
        }
        let used = counts.by_address.entry(network_of(address)).or_default();
        *used = used.saturating_add(1);
        if *used <= self.allowed {
            return Ok(());
        }
        let left_us = MINUTE_US - now.micros().rem_euclid(MINUTE_US);
        Err(u64::try_from(left_us / 1_000_000).unwrap_or(0).max(1))
    }
}

/// One household has one IPv4 address or one IPv6 /64.
fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_used_up_its_minute_waits_and_others_do_not() {
        let limit = RateLimit::new(2);
        let now = WallTime::from_micros(20_000_000);
        let (one, other) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        assert_eq!(limit.take(one, now), Ok(()));
        assert_eq!(limit.take(one, now), Ok(()));
        assert_eq!(limit.take(one, now), Err(40));
        assert_eq!(limit.take(other, now), Ok(()));
        assert_eq!(limit.take(one, WallTime::from_micros(60_000_000)), Ok(()));
    }

    #[test]
    fn addresses_of_one_ipv6_household_count_together() {
        let limit = RateLimit::new(1);
        let now = WallTime::from_micros(0);
        limit.take("2001:db8::1".parse().unwrap(), now).unwrap();
        assert!(limit.take("2001:db8::ffff".parse().unwrap(), now).is_err());
    }
}
