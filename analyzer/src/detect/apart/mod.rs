//! A detector in a process of its own: what stops, hangs or crashes there costs a card, never a picture of somebody.
//!
//! ```text
//! server: Finder --settings, questions--> stdin   process: serve
//!                <------- answers ------- stdout
//! ```
//! The process is the server's own program with another command. It is started by the first question, ended when
//! nobody has asked for a while, and killed and started again, after a growing pause, when it dies, answers
//! nonsense or does not answer. It ends by itself when its standard input does, and with the thread that started it.

mod conversation;
mod finder;
mod serve;
#[cfg(test)]
mod tests;
mod wire;

pub(crate) use self::serve::open;
pub use self::{
    conversation::Program,
    finder::{Finder, Stopper},
    serve::{ServeError, serve},
};
