//! Search text: how Japanese text is folded and cut, the same for what is stored and for what is asked.

use unicode_normalization::UnicodeNormalization;

/// Fold a text for searching: compatibility forms (NFKC), lower case, katakana to hiragana, variation selectors and
/// combining marks of voiced sounds composed, common name variants to one form, long marks and hyphens to one sign,
/// white space to one blank. Never store the result as a name.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.nfkc().flat_map(char::to_lowercase) {
        let c = match c {
            '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}' => continue,
            'ァ'..='ヶ' => char::from_u32(u32::from(c) - 0x60).unwrap_or(c),
            'ー' | '‐' | '‑' | '–' | '—' | '―' | '−' | '-' => '-',
            c if c.is_whitespace() => ' ',
            c => variant(c),
        };
        if c == ' ' && (out.is_empty() || out.ends_with(' ')) {
            continue;
        }
        out.push(c);
    }
    while out.ends_with(' ') {
        out.pop();
    }
    out
}

/// One form for characters that people use for one another in names.
fn variant(c: char) -> char {
    match c {
        '髙' => '高',
        '﨑' | '嵜' | '碕' => '崎',
        '邊' | '邉' => '辺',
        '齋' | '齊' | '斎' => '斉',
        '濵' | '濱' => '浜',
        '德' => '徳',
        '瀨' => '瀬',
        '栁' => '柳',
        '𠮷' => '吉',
        '澤' => '沢',
        '廣' => '広',
        '國' => '国',
        '嶋' | '嶌' => '島',
        '櫻' => '桜',
        '惠' => '恵',
        '眞' => '真',
        '條' => '条',
        '龍' => '竜',
        '鐵' => '鉄',
        '增' => '増',
        '黑' => '黒',
        '會' => '会',
        '學' => '学',
        '榮' => '栄',
        '壽' => '寿',
        '與' => '与',
        '藏' => '蔵',
        '冨' => '富',
        c => c,
    }
}

/// Grams to store for a text: every character and every pair of neighbouring characters of the folded text, blanks
/// excluded, each once, sorted.
pub fn grams(text: &str) -> Vec<String> {
    let folded = fold(text);
    let mut grams = Vec::with_capacity(folded.len());
    for word in folded.split(' ') {
        let characters: Vec<char> = word.chars().collect();
        for character in &characters {
            grams.push(character.to_string());
        }
        for pair in characters.windows(2) {
            grams.push(pair.iter().collect());
        }
    }
    grams.sort_unstable();
    grams.dedup();
    grams
}

/// Grams to ask for: a word of one character asks for itself, a longer one for its pairs.
pub fn query_grams(text: &str) -> Vec<String> {
    let folded = fold(text);
    let mut grams = Vec::new();
    for word in folded.split(' ') {
        let characters: Vec<char> = word.chars().collect();
        match characters.as_slice() {
            [] => {}
            [one] => grams.push(one.to_string()),
            many => grams.extend(many.windows(2).map(|pair| pair.iter().collect::<String>())),
        }
    }
    grams.sort_unstable();
    grams.dedup();
    grams
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_joins_what_people_mean_to_be_the_same() {
        for (stored, asked) in [
            ("髙橋", "高橋"),
            ("タカハシ", "たかはし"),
            ("ﾀｶﾊｼ", "タカハシ"),
            ("ＡＢＣ", "abc"),
            ("葛\u{E0100}城", "葛城"),
            ("サーバー", "さーばー"),
            ("渡邉", "渡辺"),
            ("山本　太郎", "山本 太郎"),
        ] {
            assert_eq!(fold(stored), fold(asked), "{stored} / {asked}");
        }
    }

    #[test]
    fn words_of_one_and_two_characters_are_asked_for_exactly() {
        assert_eq!(query_grams("工"), ["工"]);
        assert_eq!(query_grams("工事"), ["工事"]);
        assert_eq!(query_grams("道路占用"), ["占用", "路占", "道路"]);
        let stored = grams("道路占用許可の工事");
        assert!(query_grams("工事").iter().all(|gram| stored.contains(gram)));
        assert!(query_grams("可").iter().all(|gram| stored.contains(gram)));
        assert!(!query_grams("事工").iter().all(|gram| stored.contains(gram)));
    }
}
