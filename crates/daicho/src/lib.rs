//! daicho
pub mod sample;
