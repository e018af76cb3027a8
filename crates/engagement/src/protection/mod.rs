//! Protection of what the agency entrusts to a company: the self-assessment against the security standard.

mod self_assessment;

pub use self_assessment::SelfAssessment;
