//! The faults a simulated camera can have, and how they are named on the control port.

use std::{fmt, time::Duration};
use tokio::time::Instant;

/// How long a lasting fault stays on; `None` means until it is cleared.
pub type Lasting = Option<Duration>;

/// What goes wrong with a camera.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fault {
    /// Closes every session once.
    Close,
    /// Sends no packets; requests are still answered. Goes on with a key picture.
    Freeze(Lasting),
    /// Closes every session and answers 503; for all cameras together connections are refused.
    Refuse(Lasting),
    /// Closes every session and accepts no name or password: 401.
    Password(Lasting),
    /// Moves the RTP timestamp by so many seconds.
    Jump {
        /// Forward or, negative, backward.
        seconds: i32,
    },
    /// Moves the RTP timestamp to two seconds before it wraps.
    Wrap,
    /// Changes the SSRC of running sessions.
    Ssrc,
    /// Changes SPS and PPS at the next key picture: the clip's other size, or another level.
    Parameters,
    /// Leaves out packets at random.
    Loss {
        /// Share of packets, 0 to 100.
        percent: f64,
        /// How long.
        lasting: Lasting,
    },
    /// Sends random bytes in place of pictures: once, or as long as given.
    Garbage(Lasting),
    /// Sends no faster than a thin line; pictures that are over 2 s late are left out up to a key picture.
    Slow {
        /// Kilobits per second.
        kbps: u32,
        /// How long.
        lasting: Lasting,
    },
    /// Ends every lasting fault.
    Clear,
}

/// Which cameras a fault is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cameras {
    /// Every camera.
    All,
    /// The camera of that number, from 1.
    One(usize),
}

/// Why a fault was not switched on; the message names the remedy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultRefused {
    /// No such camera.
    #[error("there is no camera {number}; the simulator has 1 to {cameras}, or all")]
    NoCamera {
        /// The number asked for.
        number: usize,
        /// How many there are.
        cameras: usize,
    },
    /// A command that is not understood.
    #[error(
        "{0}; use: fault CAMERA|all close | freeze [TIME] | refuse [TIME] | password [TIME] | jump SECONDS | wrap | ssrc | parameters | loss PERCENT [TIME] | garbage [TIME] | slow KBPS [TIME] | clear"
    )]
    Unclear(String),
}

impl Fault {
    /// Reads a fault from words, as `["freeze", "10s"]`.
    ///
    /// # Errors
    /// When the words are no fault.
    pub fn parse(words: &[&str]) -> Result<Self, FaultRefused> {
        let [name, arguments @ ..] = words else {
            return Err(FaultRefused::Unclear("the fault is missing".into()));
        };
        let fault = match (*name, arguments) {
            ("close", []) => Self::Close,
            ("wrap", []) => Self::Wrap,
            ("ssrc", []) => Self::Ssrc,
            ("parameters", []) => Self::Parameters,
            ("clear", []) => Self::Clear,
            ("jump", [seconds]) => Self::Jump { seconds: number(seconds, "SECONDS")? },
            ("freeze", time) => Self::Freeze(lasting(time)?),
            ("refuse", time) => Self::Refuse(lasting(time)?),
            ("password", time) => Self::Password(lasting(time)?),
            ("garbage", time) => Self::Garbage(lasting(time)?),
            ("loss", [percent, time @ ..]) => {
                let percent: f64 = number(percent, "PERCENT")?;
                if !(0.0..=100.0).contains(&percent) {
                    return Err(FaultRefused::Unclear(format!("{percent} is not between 0 and 100 PERCENT")));
                }
                Self::Loss { percent, lasting: lasting(time)? }
            }
            ("slow", [kbps, time @ ..]) => {
                let kbps = number(kbps, "KBPS")?;
                if kbps == 0 {
                    return Err(FaultRefused::Unclear("0 KBPS would be a freeze".into()));
                }
                Self::Slow { kbps, lasting: lasting(time)? }
            }
            _ => return Err(FaultRefused::Unclear(format!("{:?} is no fault", words.join(" ")))),
        };
        Ok(fault)
    }
}

impl Cameras {
    /// Reads `all` or a number from 1.
    ///
    /// # Errors
    /// When the word is neither.
    pub fn parse(word: &str) -> Result<Self, FaultRefused> {
        if word == "all" { Ok(Self::All) } else { Ok(Self::One(number(word, "CAMERA")?)) }
    }
}

fn number<N: std::str::FromStr>(word: &str, what: &str) -> Result<N, FaultRefused> {
    word.parse().map_err(|_| FaultRefused::Unclear(format!("{word:?} is not a number of {what}")))
}

fn lasting(words: &[&str]) -> Result<Lasting, FaultRefused> {
    match words {
        [] => Ok(None),
        [word] => humantime::parse_duration(word)
            .map(Some)
            .map_err(|_| FaultRefused::Unclear(format!("{word:?} is not a TIME such as 10s"))),
        _ => Err(FaultRefused::Unclear(format!("{:?} is too much", words.join(" ")))),
    }
}

/// Whether a lasting fault is on.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) enum Until {
    #[default]
    Off,
    At(Instant),
    Cleared,
}

impl Until {
    pub(super) fn after(lasting: Lasting) -> Self {
        lasting.map_or(Self::Cleared, |lasting| Self::At(Instant::now() + lasting))
    }

    pub(super) fn is_on(self, now: Instant) -> bool {
        match self {
            Self::Off => false,
            Self::At(end) => now < end,
            Self::Cleared => true,
        }
    }
}

/// The lasting faults of a camera.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Lastings {
    pub(super) freeze: Until,
    pub(super) refuse: Until,
    pub(super) password: Until,
    pub(super) garbage: Until,
    pub(super) loss: Until,
    /// 0 to 100.
    pub(super) loss_percent: f64,
    pub(super) slow: Until,
    pub(super) slow_kbps: u32,
}

impl fmt::Display for Lastings {
    /// Writes the names of the faults that are on, or `none`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let now = Instant::now();
        let all = [
            (self.freeze, "freeze"),
            (self.refuse, "refuse"),
            (self.password, "password"),
            (self.garbage, "garbage"),
            (self.loss, "loss"),
            (self.slow, "slow"),
        ];
        let on: Vec<_> = all.iter().filter(|(until, _)| until.is_on(now)).map(|(_, name)| *name).collect();
        f.write_str(if on.is_empty() { "none".to_owned() } else { on.join(",") }.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_read_from_words() {
        assert_eq!(Fault::parse(&["freeze", "10s"]), Ok(Fault::Freeze(Some(Duration::from_secs(10)))));
        assert_eq!(Fault::parse(&["jump", "-5"]), Ok(Fault::Jump { seconds: -5 }));
        assert_eq!(Fault::parse(&["loss", "2.5"]), Ok(Fault::Loss { percent: 2.5, lasting: None }));
        assert_eq!(Cameras::parse("all"), Ok(Cameras::All));
    }

    #[test]
    fn what_is_no_fault_is_answered_with_those_that_are() {
        for words in [&["explode"][..], &["loss", "101"], &["slow", "0"], &["freeze", "10 x"], &["jump"], &[]] {
            let message = Fault::parse(words).unwrap_err().to_string();
            assert!(message.contains("use: fault CAMERA|all close"), "{message}");
        }
    }
}
