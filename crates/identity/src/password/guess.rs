//! Whether a password is easily guessed: what is left of it without common words, runs, years and repetitions.
//!
//! The words are few and of our own making: together with the rules they stand for the many passwords that begin every
//! published list of broken ones, at lengths that [`PasswordRule::min_length`](crate::settings::PasswordRule) lets through.

/// Characters that must be left.
pub const LEAST: usize = 8;

/// Words that people build passwords from, folded as [`fold`] does. Longer ones first where one holds another.
const WORDS: &[&str] = &[
    "administrator",
    "kasumigaseki",
    "kanrisha",
    "kanrisya",
    "password",
    "passwd",
    "jimukyoku",
    "shokuin",
    "syokuin",
    "iloveyou",
    "welcome",
    "letmein",
    "football",
    "baseball",
    "princess",
    "sunshine",
    "changeme",
    "default",
    "manager",
    "yakusho",
    "yakusyo",
    "aikotoba",
    "himitsu",
    "himitu",
    "daicho",
    "daityo",
    "support",
    "service",
    "network",
    "oracle",
    "postgres",
    "windows",
    "microsoft",
    "summer",
    "winter",
    "spring",
    "autumn",
    "january",
    "february",
    "october",
    "november",
    "december",
    "heisei",
    "reiwa",
    "showa",
    "sakura",
    "nippon",
    "nihon",
    "japan",
    "tokyo",
    "osaka",
    "kyoto",
    "dragon",
    "monkey",
    "shadow",
    "master",
    "secret",
    "login",
    "admin",
    "guest",
    "system",
    "server",
    "soumu",
    "kaikei",
    "jinji",
    "hello",
    "super",
    "tester",
    "test",
    "user",
    "root",
    "haru",
    "natsu",
    "fuyu",
    "love",
    "pass",
    "word",
    "パスワード",
    "ひみつ",
    "あいことば",
    "台帳",
    "人事",
    "総務",
    "会計",
    "管理者",
];

/// Rows of keys and of the alphabet along which people run.
const ROWS: &[&str] = &[
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "あいうえおかきくけこさしすせそ",
    "アイウエオカキクケコサシスセソ",
    "いろはにほへとちりぬるを",
];

/// How many characters are left without what anybody would try: the words above, those about the owner, runs of three or
/// more along a row, years, the same character again, a whole that repeats a part.
pub fn left(password: &str, owner: &[String]) -> usize {
    let plain = fold(password, false);
    let spelled = fold(password, true);
    // Whoever writes `p@ssw0rd` means `password`: the reading that leaves less counts.
    rest(&plain, owner).min(rest(&spelled, owner))
}

/// Small letters; `letters` reads the usual figures and signs for letters.
fn fold(text: &str, letters: bool) -> String {
    let small = text.chars().flat_map(char::to_lowercase);
    small.map(|one| if letters { letter(one) } else { one }).collect()
}

fn letter(one: char) -> char {
    match one {
        '0' => 'o',
        '1' | '!' | '|' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        '8' => 'b',
        other => other,
    }
}

fn rest(folded: &str, owner: &[String]) -> usize {
    let mut text = unit(folded).to_string();
    for word in owner.iter().flat_map(|word| [fold(word, false), fold(word, false).chars().rev().collect()]) {
        if word.chars().count() >= 3 || (!word.is_ascii() && word.chars().count() >= 2) {
            text = text.replace(&word, "\n");
        }
    }
    for word in WORDS {
        text = text.replace(word, "\n");
    }
    let characters = without_years(&without_runs(&text));
    let mut count = 0;
    let mut last = None;
    for one in characters {
        if one != '\n' && Some(one) != last {
            count += 1;
        }
        last = Some(one);
    }
    count
}

/// The shortest part that the whole repeats.
fn unit(text: &str) -> &str {
    for (end, _) in text.char_indices().skip(1) {
        let (part, _) = text.split_at(end);
        if text.len().is_multiple_of(end) && part.repeat(text.len() / end) == text {
            return part;
        }
    }
    text
}

/// The characters with every run of three or more along a row, forwards or backwards, replaced by a break.
fn without_runs(text: &str) -> Vec<char> {
    let characters: Vec<char> = text.chars().collect();
    let mut kept = Vec::new();
    let mut at = 0;
    while let Some(one) = characters.get(at) {
        let run = run_from(characters.get(at..).unwrap_or_default());
        if run >= 3 {
            kept.push('\n');
            at += run;
        } else {
            kept.push(*one);
            at += 1;
        }
    }
    kept
}

/// Length of the run at the front.
fn run_from(characters: &[char]) -> usize {
    let mut longest = 1;
    for row in ROWS {
        let forwards: Vec<char> = row.chars().collect();
        let backwards: Vec<char> = row.chars().rev().collect();
        for row in [forwards, backwards] {
            let Some(start) = characters.first().and_then(|first| row.iter().position(|one| one == first)) else {
                continue;
            };
            let same = row.iter().skip(start).zip(characters).take_while(|(one, two)| one == two).count();
            longest = longest.max(same);
        }
    }
    longest
}

/// The characters without years from 1900 to 2099.
fn without_years(characters: &[char]) -> Vec<char> {
    let mut kept = Vec::new();
    let mut rest = characters;
    while let [one, after @ ..] = rest {
        let year: String = rest.iter().take(4).collect();
        if year.parse::<u16>().is_ok_and(|year| (1900..2100).contains(&year)) && year.len() == 4 {
            kept.push('\n');
            rest = rest.get(4..).unwrap_or_default();
        } else {
            kept.push(*one);
            rest = after;
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_anybody_would_try_leaves_little() {
        let owner = ["jinji01".to_string(), "見本".into(), "花子".into(), "mihon".into()];
        for (password, guessed) in [
            ("Password2026!!", true),
            ("P@ssw0rd-2026!", true),
            ("Passw0rd!Passw0rd!", true),
            ("Qwertyuiop123!", true),
            ("1qaz2wsx3edc4rfv", true),
            ("Aa1!Aa1!Aa1!Aa1!", true),
            ("Administrator1!", true),
            ("Abcdefghijkl-12", true),
            ("Reiwa-8nen-2026!", true),
            ("Jinji01-jinji01!", true),
            ("10ijniJ!10ijniJ", true),
            ("見本花子-Aa1!-2026", true),
            ("Kasumigaseki#2026", true),
            ("Tokyo2020Tokyo2020!", true),
            ("aaaaaaaaaaaaaaaaaaa", true),
            ("Kq7m-x3va-pd9t-hws6", false),
            ("春はあけぼのやうやう白くなりゆく", false),
            ("Tsukue no ue ni 3 hon no fude!", false),
            ("uT9%fZ2&vB6(xN4)", false),
        ] {
            let left = left(password, &owner);
            assert_eq!(left < LEAST, guessed, "{password} leaves {left}");
        }
    }
}
