//! Protection against forged requests: every form carries a secret of its session.

use ledger::port::Session;

use crate::secret;

/// Whether what a form sent is the secret of this session. The comparison takes the same time for any wrong value.
pub fn is_from_session(session: &Session, sent: &str) -> bool {
    !session.form_secret.is_empty() && secret::same(&session.form_secret, sent)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[test]
    fn only_the_whole_secret_opens() {
        let session = |form_secret: &str| Session {
            key: String::new(),
            account: String::new(),
            form_secret: form_secret.into(),
            opened_at: DateTime::UNIX_EPOCH,
            seen_at: DateTime::UNIX_EPOCH,
            address: None,
            device: None,
            proven_at: DateTime::UNIX_EPOCH,
            second_at: None,
            locked_at: None,
        };
        for (held, sent, good) in
            [("abc", "abc", true), ("abc", "ab", false), ("abc", "", false), ("abc", "ABC", false), ("", "", false)]
        {
            assert_eq!(is_from_session(&session(held), sent), good, "{held} {sent}");
        }
    }
}
