//! gateway
pub mod sim;
