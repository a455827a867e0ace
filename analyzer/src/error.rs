//! Why the analyzer cannot start.

use crate::InvalidConfig;

/// Why the analyzer cannot start.
#[derive(Debug, thiserror::Error)]
pub enum AnalyzerError {
    /// A setting is out of range.
    #[error(transparent)]
    Config(#[from] InvalidConfig),
    /// The system gives no thread.
    #[error("cannot start an inference thread")]
    Thread(#[source] std::io::Error),
    /// Reading the models was cut short.
    #[error("reading the models was cut short")]
    Reading(#[from] tokio::task::JoinError),
}
