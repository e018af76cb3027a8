//! talent
