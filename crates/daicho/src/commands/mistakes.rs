//! What is wrong with a command line, in words for the person who typed it: the place, and how to mend it.

use std::ffi::OsString;

use clap::CommandFactory;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::Line;

/// Arguments of a line that could not be read.
type Mistake = clap::Error;

/// Words of the library in the help it prints, and in the usage of a command.
const WORDS: [(&str, &str); 11] = [
    ("Usage:", "使い方:"),
    ("Commands:", "命令:"),
    ("Arguments:", "引数:"),
    ("Options:", "オプション:"),
    ("[OPTIONS]", "[オプション]"),
    ("<COMMAND>", "<命令>"),
    ("[env: ", "[環境変数: "),
    ("[default: ", "[初期値: "),
    ("[possible values: ", "[書ける値: "),
    ("Print help", "使い方を表示する"),
    ("Print version", "版を表示する"),
];

/// Help or the version, where that was asked for and nothing is wrong; the second says whether it goes to standard error,
/// because no command was named.
pub fn answer(mistake: &Mistake) -> Option<(String, bool)> {
    use ErrorKind::{DisplayHelp, DisplayHelpOnMissingArgumentOrSubcommand, DisplayVersion};
    let asked = matches!(mistake.kind(), DisplayHelp | DisplayHelpOnMissingArgumentOrSubcommand | DisplayVersion);
    asked.then(|| (in_japanese(&mistake.render().to_string()), mistake.use_stderr()))
}

fn in_japanese(text: &str) -> String {
    // The command `help` is left to those who know it.
    let told: String = text.split_inclusive('\n').filter(|line| !line.trim_start().starts_with("help  ")).collect();
    WORDS.iter().fold(told, |text, (english, japanese)| text.replace(english, japanese))
}

/// The mistake, then how the command is used that was typed.
pub fn told(mistake: &Mistake, typed: &[OsString]) -> String {
    let mut line = Line::command();
    line.build();
    let words = typed.iter().skip(1);
    let mut command = words.fold(&line, |command, word| command.find_subcommand(word).unwrap_or(command)).clone();
    let name = command.get_bin_name().unwrap_or("daicho").to_string();
    let usage = in_japanese(&command.render_usage().to_string());
    format!("daicho: {}\n{usage}\n詳しくは「{name} --help」で表示します。", what(mistake))
}

fn what(mistake: &Mistake) -> String {
    let argument = one(mistake, ContextKind::InvalidArg).unwrap_or_default();
    let value = one(mistake, ContextKind::InvalidValue).unwrap_or_default();
    match mistake.kind() {
        ErrorKind::UnknownArgument if argument.starts_with('-') => {
            format!("「{argument}」というオプションはありません。{}", meant(mistake, ContextKind::SuggestedArg))
        }
        ErrorKind::UnknownArgument => format!("余分な語「{argument}」があります。取り除いてください。"),
        ErrorKind::InvalidSubcommand => {
            let name = one(mistake, ContextKind::InvalidSubcommand).unwrap_or_default();
            format!("「{name}」という命令はありません。{}", meant(mistake, ContextKind::SuggestedSubcommand))
        }
        ErrorKind::MissingSubcommand => {
            let known = many(mistake, ContextKind::ValidSubcommand).join("、");
            format!("命令が書かれていません。次のどれかを書いてください: {known}")
        }
        ErrorKind::MissingRequiredArgument => {
            format!(
                "必要な引数がありません。次を書き足してください: {}",
                many(mistake, ContextKind::InvalidArg).join("、")
            )
        }
        ErrorKind::InvalidValue if value.is_empty() => {
            format!("「{argument}」に値がありません。{}", choices(mistake))
        }
        ErrorKind::InvalidValue => format!("「{argument}」の値「{value}」は使えません。{}", choices(mistake)),
        ErrorKind::ValueValidation => format!("「{argument}」の値「{value}」が正しくありません。{}。", form(mistake)),
        ErrorKind::ArgumentConflict => match many(mistake, ContextKind::PriorArg) {
            prior if prior.is_empty() || prior == [argument.as_str()] => {
                format!("「{argument}」が二度書かれています。一度だけ書いてください。")
            }
            prior => format!("「{argument}」と「{}」は同時に使えません。どちらかにしてください。", prior.join("」「")),
        },
        ErrorKind::NoEquals => format!("「{argument}」の値は、= に続けて書いてください。"),
        ErrorKind::TooManyValues => format!("「{argument}」の値が多すぎます。「{value}」を取り除いてください。"),
        ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            let wanted = mistake.get(ContextKind::ExpectedNumValues).or(mistake.get(ContextKind::MinValues));
            match wanted {
                Some(ContextValue::Number(wanted)) => format!("「{argument}」には値を{wanted}個書いてください。"),
                _ => format!("「{argument}」の値の数が合いません。"),
            }
        }
        ErrorKind::InvalidUtf8 => "UTF-8として読めない引数があります。文字コードを確かめてください。".into(),
        _ => "コマンドの書き方が正しくありません。".into(),
    }
}

fn text_of(value: &ContextValue) -> Vec<String> {
    match value {
        ContextValue::String(one) => vec![one.clone()],
        ContextValue::Strings(all) => all.clone(),
        ContextValue::StyledStr(one) => vec![one.to_string()],
        ContextValue::StyledStrs(all) => all.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    }
}

fn many(mistake: &Mistake, kind: ContextKind) -> Vec<String> {
    mistake.get(kind).map(text_of).unwrap_or_default()
}

fn one(mistake: &Mistake, kind: ContextKind) -> Option<String> {
    many(mistake, kind).into_iter().next()
}

fn meant(mistake: &Mistake, kind: ContextKind) -> String {
    match many(mistake, kind).as_slice() {
        [] => "つづりを確かめてください。".into(),
        near => format!("「{}」のことではありませんか。", near.join("」か「")),
    }
}

fn choices(mistake: &Mistake) -> String {
    match many(mistake, ContextKind::ValidValue).as_slice() {
        [] => "値を書いてください。".into(),
        known => format!("次のどれかを書いてください: {}", known.join("、")),
    }
}

/// How the value should look, by what failed to read it; our own readers say so themselves.
fn form(mistake: &Mistake) -> String {
    let source = std::error::Error::source(mistake);
    let is = |found: fn(&(dyn std::error::Error + 'static)) -> bool| source.is_some_and(found);
    if is(|source| source.is::<chrono::ParseError>()) {
        "日付は 2026-03-31 の形で、ある日を書いてください".into()
    } else if is(|source| source.is::<std::net::AddrParseError>()) {
        "アドレスは 127.0.0.1:8080 の形で書いてください".into()
    } else if is(|source| source.is::<std::num::ParseIntError>()) {
        "範囲の中の整数を書いてください".into()
    } else {
        source.map_or_else(|| "書き方を確かめてください".into(), ToString::to_string)
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[test]
    fn every_mistake_is_told_in_japanese_with_its_place_and_its_mend() {
        let table: [(&str, &[&str]); 16] = [
            ("", &["使い方: daicho [オプション] <命令>", "命令:\n", "[初期値: daicho-data]"]),
            ("journal --help", &["使い方: daicho journal [オプション] <命令>", "使い方を表示する\n"]),
            ("-V", &["daicho 0"]),
            ("nothing", &["「nothing」という命令はありません"]),
            ("verifi", &["「verifi」という命令はありません", "「verify」のことではありませんか"]),
            (
                "verify --jsn",
                &["「--jsn」というオプションはありません", "「--json」のことではありませんか", "daicho verify --help"],
            ),
            ("policy more", &["余分な語「more」があります"]),
            ("journal archive --out x --until yesterday", &["「--until <DATE>」の値「yesterday」", "2026-03-31 の形"]),
            ("journal archive --out x --until 2026-02-30", &["「2026-02-30」", "ある日を"]),
            ("journal archive --out x --until", &["「--until <DATE>」に値がありません"]),
            (
                "journal archive",
                &[
                    "書き足してください: --until <DATE>、--out <OUT>",
                    "使い方: daicho journal archive [オプション] --until <DATE> --out <OUT>\n",
                ],
            ),
            ("journal vkey --witness --all", &["「--witness」と「--all」は同時に使えません"]),
            ("verify --json --json", &["「--json」が二度書かれています"]),
            ("demo --staff many", &["「--staff <STAFF>」の値「many」", "整数"]),
            ("demo --listen here", &["「--listen <LISTEN>」の値「here」", "127.0.0.1:8080 の形"]),
            (
                "restore folder --until tomorrow",
                &["「--until <INSTANT>」の値「tomorrow」", "2026-11-22T09:00(日本時間)"],
            ),
        ];
        for (line, wanted) in table {
            let typed: Vec<OsString> = ["daicho"].into_iter().chain(line.split_whitespace()).map(Into::into).collect();
            let mistake = Line::try_parse_from(&typed).expect_err(line);
            let told = answer(&mistake).map_or_else(|| told(&mistake, &typed), |(text, _)| text);
            for words in wanted {
                assert!(told.contains(words), "{line}: {told}");
            }
            for english in
                ["error", "Usage", "argument", "For more", "invalid", "OPTIONS", "unexpected", "Print", "default"]
            {
                assert!(!told.contains(english), "{line}: {told}");
            }
        }
    }
}
