//! What a new password must be.

use ledger::Problem;

use super::{MAX_BYTES, Password};
use crate::settings::PasswordRule;

/// Name of the form field that the problems speak of.
const FIELD: &str = "new_password";

/// What is wrong with a new password, in Japanese; empty when it is good.
pub fn problems(rule: &PasswordRule, password: &Password) -> Vec<Problem> {
    let Some(text) = &password.text else {
        return vec![Problem::field(FIELD, format!("パスワードは{MAX_BYTES}バイト以内にしてください。"))];
    };
    let length = text.chars().count();
    if length < rule.min_length {
        let message = format!("パスワードは{}文字以上にしてください（今は{length}文字です）。", rule.min_length);
        return vec![Problem::field(FIELD, message)];
    }
    let mut characters = text.chars();
    let first = characters.next();
    if characters.all(|character| Some(character) == first) {
        return vec![Problem::field(FIELD, "同じ文字だけのパスワードは使えません。")];
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_long_and_monotonous_passwords_are_refused() {
        let long = "あ".repeat(400);
        for (password, message) in [
            ("abcdefghijklmn", ""),
            ("春はあけぼのやうやう白くなりゆく", ""),
            ("abcdefghijklm", "パスワードは14文字以上にしてください（今は13文字です）。"),
            ("", "パスワードは14文字以上にしてください（今は0文字です）。"),
            ("aaaaaaaaaaaaaaaaaa", "同じ文字だけのパスワードは使えません。"),
            (long.as_str(), "パスワードは1024バイト以内にしてください。"),
        ] {
            let found = problems(&PasswordRule::default(), &Password::new(password));
            let found = found.first().map_or("", |problem| problem.message.as_str());
            assert_eq!(found, message);
        }
    }
}
