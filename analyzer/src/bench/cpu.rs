//! Processor time, which a busy machine stretches less than the clock on the wall.

use std::time::Duration;

/// Returns the processor time of all threads of this process, ended ones too.
pub(super) fn process() -> Duration {
    clock(libc::CLOCK_PROCESS_CPUTIME_ID)
}

/// Returns the processor time of this thread.
pub(super) fn thread() -> Duration {
    clock(libc::CLOCK_THREAD_CPUTIME_ID)
}

fn clock(which: libc::clockid_t) -> Duration {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    #[allow(unsafe_code, reason = "the standard library has no processor time")]
    // SAFETY: the call writes two numbers into `now`, which outlives it.
    let is_read = unsafe { libc::clock_gettime(which, &raw mut now) == 0 };
    let (seconds, nanoseconds) = (u64::try_from(now.tv_sec), u32::try_from(now.tv_nsec));
    match (is_read, seconds, nanoseconds) {
        (true, Ok(seconds), Ok(nanoseconds)) => Duration::new(seconds, nanoseconds),
        _ => Duration::ZERO,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_takes_processor_time_and_waiting_does_not() {
        let begun = thread();
        let (_sender, nobody) = std::sync::mpsc::channel::<()>();
        assert!(nobody.recv_timeout(Duration::from_millis(50)).is_err());
        let waited = thread() - begun;
        assert!(waited < Duration::from_millis(40), "{waited:?}");
        let (begun, mut sum) = (process(), 0u64);
        while process() - begun < Duration::from_millis(5) {
            sum = sum.wrapping_mul(31).wrapping_add(7);
        }
        assert!(process() >= begun + Duration::from_millis(5), "{sum}");
    }
}
