//! What a new password must be (付紙 第6 1(3)エ).

use ledger::Problem;

use super::guess::{LEAST, left};
use super::{MAX_BYTES, Password};
use crate::settings::PasswordRule;

/// Name of the form field that the problems speak of.
const FIELD: &str = "new_password";

/// What is wrong with a new password, in Japanese; empty when it is good. `owner` is what an attacker knows of its owner:
/// sign-in name, parts of the name.
pub fn problems(rule: &PasswordRule, owner: &[String], password: &Password) -> Vec<Problem> {
    let problem = |message: String| vec![Problem::field(FIELD, message)];
    let Some(text) = &password.text else {
        return problem(format!("パスワードは{MAX_BYTES}バイト以内にしてください。"));
    };
    let length = text.chars().count();
    if length < rule.min_length {
        return problem(format!("パスワードは{}文字以上にしてください（今は{length}文字です）。", rule.min_length));
    }
    let missing = missing(text);
    if 4 - missing.len() < usize::from(rule.kinds) {
        let words = missing.join("、");
        return problem(format!("{words}がありません。4種類の文字のうち{}種類以上を使ってください。", rule.kinds));
    }
    let folded = text.to_lowercase();
    let about_owner = owner.iter().filter(|word| word.chars().count() >= 2).any(|word| {
        let word = word.to_lowercase();
        let backwards: String = word.chars().rev().collect();
        folded.contains(&word) || folded.contains(&backwards)
    });
    if about_owner {
        return problem("利用者名や氏名（逆さにしたものを含みます）を含むパスワードは使えません。".into());
    }
    if left(text, owner) < LEAST {
        return problem(format!(
            "推測されやすいパスワードです。よく使われる語、並んだ文字、年、繰返しを除いて{LEAST}文字以上が残るものにしてください。"
        ));
    }
    Vec::new()
}

/// The kinds of characters that do not occur.
fn missing(text: &str) -> Vec<&'static str> {
    let kinds: [(&str, fn(char) -> bool); 4] = [
        ("英大文字", |one| one.is_ascii_uppercase()),
        ("英小文字", |one| one.is_ascii_lowercase()),
        ("数字", |one| one.is_ascii_digit()),
        ("記号", |one| !one.is_ascii_alphanumeric()),
    ];
    kinds.iter().filter(|(_, is)| !text.chars().any(is)).map(|(words, _)| *words).collect()
}

/// The rule in words, for the page on which a password is chosen.
pub fn told(rule: &PasswordRule) -> String {
    let mut words = format!("{}文字以上", rule.min_length);
    if rule.kinds > 0 {
        let kinds = if rule.kinds == 4 { "すべて".into() } else { format!("{}種類以上", rule.kinds) };
        words.push_str(&format!("で、英大文字、英小文字、数字、記号の{kinds}を使います。"));
    } else {
        words.push_str("にします。");
    }
    words.push_str("利用者名、氏名、推測されやすい語は使えません。");
    if rule.history > 0 {
        words.push_str(&format!("前に使った{}個のパスワードは使えません。", rule.history));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_breaks_a_rule_is_refused_with_the_reason() {
        let long = "あ".repeat(400);
        let owner = ["sumida03".to_string(), "隅田".into(), "渉".into()];
        for (password, message) in [
            ("Kawa-no-nagare-31", ""),
            ("春はあけぼのやうやう白くAb1", ""),
            ("Kawa-no-naga1", "パスワードは14文字以上にしてください（今は13文字です）。"),
            ("", "パスワードは14文字以上にしてください（今は0文字です）。"),
            (long.as_str(), "パスワードは1024バイト以内にしてください。"),
            ("kawa-no-nagare-31", "英大文字がありません。4種類の文字のうち4種類以上を使ってください。"),
            ("KAWANONAGAREYUKU", "英小文字、数字、記号がありません。4種類の文字のうち4種類以上を使ってください。"),
            ("Kawa-Sumida03-nagare", "利用者名や氏名（逆さにしたものを含みます）を含むパスワードは使えません。"),
            ("Kawa-30adimuS-nagare", "利用者名や氏名（逆さにしたものを含みます）を含むパスワードは使えません。"),
            ("Kawa-隅田-nagare-31", "利用者名や氏名（逆さにしたものを含みます）を含むパスワードは使えません。"),
            (
                "Password-12345!",
                "推測されやすいパスワードです。よく使われる語、並んだ文字、年、繰返しを除いて8文字以上が残るものにしてください。",
            ),
        ] {
            let found = problems(&PasswordRule::default(), &owner, &Password::new(password));
            let found = found.first().map_or("", |problem| problem.message.as_str());
            assert_eq!(found, message, "{password}");
        }
    }

    #[test]
    fn kinds_are_a_setting() {
        for (kinds, password, good) in [
            (0, "kawa no nagare ni", true),
            (2, "kawa no nagare ni", true),
            (3, "kawa no nagare ni", false),
            (3, "kawa no nagare 31", true),
        ] {
            let rule = PasswordRule { kinds, ..PasswordRule::default() };
            assert_eq!(problems(&rule, &[], &Password::new(password)).is_empty(), good, "{kinds} {password}");
        }
    }

    #[test]
    fn the_rule_is_told_as_it_is_set() {
        let told = told(&PasswordRule { kinds: 0, history: 0, ..PasswordRule::default() });
        assert_eq!(told, "14文字以上にします。利用者名、氏名、推測されやすい語は使えません。");
    }
}
