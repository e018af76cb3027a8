//! daicho
