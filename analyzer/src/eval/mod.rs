//! How right the models and the chain are, on pictures with known boxes and on clips with known violations.

mod clips;
mod figures;
mod pictures;
mod reel;
mod truth;
mod vary;

pub use self::{
    clips::{ClipReport, Known, Play, RuleReport, by_rule, clips_of, eval_clip},
    figures::{Auc, Reliability, Share, auc, reliability},
    pictures::{ClassReport, Labelled, PictureReport, Tally, TruthBox, annotations},
};

/// A data set that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    /// A file cannot be read.
    #[error("{path} cannot be read")]
    Unreadable {
        /// Which file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A line or file is not in the format.
    #[error("{path}, line {line}: {detail}")]
    Format {
        /// Which file.
        path: String,
        /// Which line, from 1.
        line: usize,
        /// What is wrong.
        detail: String,
    },
    /// A picture or clip cannot be decoded.
    #[error(transparent)]
    Source(#[from] crate::analyze::SourceError),
    /// A clip cannot be decoded.
    #[error(transparent)]
    Decode(#[from] crate::decode::DecodeError),
    /// A model failed.
    #[error(transparent)]
    Detect(#[from] crate::detect::DetectError),
    /// OpenCV failed.
    #[error(transparent)]
    Cv(#[from] crate::cv::CvError),
}
