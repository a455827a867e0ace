//! The system's clock.

use mingchu_domain::time::{Clock, WallTime};
use std::time::{SystemTime, UNIX_EPOCH};

/// Tells the system's time. The only place that asks for it.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "this is the clock that all others shall use")]
    fn now(&self) -> WallTime {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        WallTime::from_micros(0) + since_epoch
    }
}
