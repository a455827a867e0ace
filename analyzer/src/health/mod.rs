//! What is wrong with a camera, from its own pictures. Pure, but for `sweep`, which asks the store who is offline.
//!
//! ```text
//! picture each 5 s -> View: brightness, edges, layout -> compared with the learnt background -> sample
//! samples of a minute -> minute: clear, or one trouble -> three minutes in a row -> finding
//! ```
//! Someone who stands before the lens for a moment is no trouble; a camera that nobody can judge by says so at once
//! ([`Monitor::is_obscured`]), because a person behind steam is not compliant.

mod background;
mod monitor;
pub(crate) mod sweep;

mod view;

#[cfg(test)]
mod tests;

pub use self::{
    background::{Background, Likeness},
    monitor::{Limits, Minute, Monitor, SAMPLE_EVERY},
    view::{HEIGHT, View, WIDTH, difference, is_infrared},
};
use mingchu_domain::rule::RuleCode;

/// What is wrong with the pictures of a camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// Nothing but black.
    Black,
    /// Something hangs before the lens, or a part of it.
    Covered,
    /// It looks elsewhere.
    Moved,
    /// Out of focus, steamed up, greasy.
    Blur,
    /// The picture does not change at all.
    Frozen,
}

impl Trouble {
    /// Returns the rule that it breaks.
    #[must_use]
    pub const fn code(self) -> RuleCode {
        match self {
            Self::Black => RuleCode::CamBlack,
            Self::Covered => RuleCode::CamCovered,
            Self::Moved => RuleCode::CamMoved,
            Self::Blur => RuleCode::CamBlur,
            Self::Frozen => RuleCode::CamFrozen,
        }
    }

    /// Whether nobody can be judged by such a picture.
    #[must_use]
    pub const fn hides_people(self) -> bool {
        !matches!(self, Self::Moved)
    }
}
