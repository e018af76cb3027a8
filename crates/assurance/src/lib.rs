//! Evidence and protection for people: journal search, alerts, erasure, the monthly report of the security officer.
