//! Evidence clips: whole GOPs around a violation, out of the archive, as one plain file.
//!
//! ```text
//! job evidence_clip --> files of the range, the open one included --> cut --> Objects --> evidence row
//!                                                        nothing there --> evidence row with the reason
//! ```

mod cut;
mod job;

pub(crate) use job::{Jobs, run};
