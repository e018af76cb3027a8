//! Reading a rule, word by word.

use super::{DayOfMonth, DeadlineRule, Due, RuleError, Whole};
use crate::counting::{Counting, Length, Shift, Unit};

const FORMS: &str = "「3 business days after 項目」「on 項目」「1 week before 項目」「10 days counting from 項目」「last day of the month after 項目」「end of fiscal year of 項目」のような形で書いてください。";
const UNITS: &str = "day(s)、business day(s)、week(s)、month(s)、year(s) のいずれかを書いてください。";

pub(super) fn rule(text: &str) -> Result<DeadlineRule, RuleError> {
    let mut words = Words::split(text);
    let (due, field) = due(&mut words)?;
    let shift = shift(&mut words)?;
    Ok(DeadlineRule { due, shift, fields: [field] })
}

/// A length alone, as a contract decides it: `5 business days`.
pub(super) fn only_length(text: &str) -> Result<Length, RuleError> {
    let mut words = Words::split(text);
    let length = length(&mut words)?;
    match words.peek() {
        None => Ok(length),
        Some(_) => Err(words.unexpected("長さの後には何も書けません。")),
    }
}

fn due(words: &mut Words<'_>) -> Result<(Due, String), RuleError> {
    if words.take("on") {
        return Ok((Due::On, words.field()?));
    }
    if words.take("last") {
        if words.peek() == Some("business") {
            return Err(words.error(
                "last business day という書き方はありません。",
                "「last day of the month after 項目, previous business day」と書いてください。",
            ));
        }
        words.expect("day")?;
        return in_month(words, DayOfMonth::Last);
    }
    if words.take("end") {
        words.expect("of")?;
        words.take("the");
        words.expect("fiscal")?;
        words.expect("year")?;
        let away = words.direction()?;
        return Ok((Due::EndOfFiscalYear(away), words.field()?));
    }
    if let Some(n) = words.ordinal() {
        return if words.take("business") {
            words.expect("day")?;
            let n = n.filter(|n| (1..=15).contains(n)).ok_or_else(|| {
                words.error_before("月の開庁日は1から15までです。", "1stから15thまでで書いてください。")
            })?;
            in_month(words, DayOfMonth::BusinessDay(n.try_into().unwrap_or(1)))
        } else {
            let n = n
                .filter(|n| (1..=31).contains(n))
                .ok_or_else(|| words.error_before("月の日は1から31までです。", "1stから31stまでで書いてください。"))?;
            in_month(words, DayOfMonth::Day(n.try_into().unwrap_or(1)))
        };
    }
    let length = length(words)?;
    let counting = if words.take("after") {
        Some(Counting::FromNextDay)
    } else if words.take("counting") {
        words.expect("from")?;
        Some(Counting::FromThatDay)
    } else if words.take("before") {
        None
    } else {
        return Err(words.unexpected("after、before、counting from のいずれかを書いてください。"));
    };
    let (whole, field) = base(words)?;
    let due = match counting {
        Some(counting) => Due::Counted(counting, length, whole),
        None => Due::Before(length, whole),
    };
    Ok((due, field))
}

fn length(words: &mut Words<'_>) -> Result<Length, RuleError> {
    let Some(digits) = words.peek().filter(|word| word.bytes().all(|b| b.is_ascii_digit())) else {
        return Err(words.unexpected(FORMS));
    };
    let number = digits.parse().ok().filter(|n| (1..=9999).contains(n)).ok_or_else(|| {
        words.error("数は1から9999までです。", "その日を期限とするときは「on 項目」と書いてください。")
    })?;
    words.advance();
    let unit = if words.take("business") {
        if !words.take("days") && !words.take("day") {
            return Err(words.unexpected("business の次には days を書いてください。"));
        }
        Unit::BusinessDays
    } else {
        let unit = match words.peek() {
            Some("day" | "days") => Unit::Days,
            Some("week" | "weeks") => Unit::Weeks,
            Some("month" | "months") => Unit::Months,
            Some("year" | "years") => Unit::Years,
            _ => return Err(words.unexpected(UNITS)),
        };
        words.advance();
        unit
    };
    Ok(Length::new(number, unit))
}

fn in_month(words: &mut Words<'_>, day: DayOfMonth) -> Result<(Due, String), RuleError> {
    words.expect("of")?;
    words.take("the");
    let away = match words.ordinal() {
        None => 1,
        Some(Some(n @ 1..=120)) => n.try_into().unwrap_or(1),
        Some(_) => {
            return Err(words.error_before(
                "何か月先かは1から120までです。",
                "「the 2nd month after 項目」のように書いてください。",
            ));
        }
    };
    words.expect("month")?;
    let direction = words.direction()?;
    if direction == 0 && away != 1 {
        return Err(words.error_before(
            "何番目の月かは after か before と組み合わせます。",
            "「the 2nd month after 項目」のように書いてください。",
        ));
    }
    Ok((Due::InMonth(day, direction * away), words.field()?))
}

fn base(words: &mut Words<'_>) -> Result<(Whole, String), RuleError> {
    let mut whole = Whole::Day;
    if words.take("the") {
        whole = if words.take("month") {
            Whole::Month
        } else if words.take("fiscal") {
            words.expect("year")?;
            Whole::FiscalYear
        } else {
            return Err(words.unexpected("the の次には month of 又は fiscal year of を書いてください。"));
        };
        words.expect("of")?;
    }
    Ok((whole, words.field()?))
}

fn shift(words: &mut Words<'_>) -> Result<Shift, RuleError> {
    if words.peek().is_none() {
        return Ok(Shift::Stay);
    }
    if !words.take(",") {
        return Err(words.unexpected(
            "閉庁日に当たるときの扱いは「, next business day」又は「, previous business day」と書いてください。",
        ));
    }
    let shift = if words.take("next") {
        Shift::Next
    } else if words.take("previous") {
        Shift::Previous
    } else {
        return Err(words.unexpected("「next business day」又は「previous business day」と書いてください。"));
    };
    words.expect("business")?;
    words.expect("day")?;
    match words.peek() {
        None => Ok(shift),
        Some(_) => Err(words.unexpected("ここで規則を終えてください。")),
    }
}

struct Words<'a> {
    /// Each word with the 1-based number of its first character.
    words: Vec<(&'a str, usize)>,
    at: usize,
    end: usize,
}

impl<'a> Words<'a> {
    fn split(text: &'a str) -> Self {
        let mut words = Vec::new();
        let mut start: Option<(usize, usize)> = None;
        let mut end = 1;
        for (count, (offset, c)) in text.char_indices().enumerate() {
            let column = count + 1;
            end = column + 1;
            if c == ',' || c.is_whitespace() {
                if let Some((from, column)) = start.take() {
                    words.extend(text.get(from..offset).map(|word| (word, column)));
                }
                if c == ',' {
                    words.extend(text.get(offset..=offset).map(|word| (word, column)));
                }
            } else if start.is_none() {
                start = Some((offset, column));
            }
        }
        if let Some((from, column)) = start {
            words.extend(text.get(from..).map(|word| (word, column)));
        }
        Self { words, at: 0, end }
    }

    fn peek(&self) -> Option<&'a str> {
        self.words.get(self.at).map(|(word, _)| *word)
    }

    fn advance(&mut self) {
        self.at += 1;
    }

    fn take(&mut self, word: &str) -> bool {
        let found = self.peek() == Some(word);
        if found {
            self.advance();
        }
        found
    }

    fn expect(&mut self, word: &str) -> Result<(), RuleError> {
        if self.take(word) {
            return Ok(());
        }
        Err(self.unexpected(&format!("ここには {word} を書いてください。")))
    }

    /// `of` 0, `after` 1, `before` -1.
    fn direction(&mut self) -> Result<i16, RuleError> {
        if self.take("of") {
            Ok(0)
        } else if self.take("after") {
            Ok(1)
        } else if self.take("before") {
            Ok(-1)
        } else {
            Err(self.unexpected("of、after、before のいずれかを書いてください。"))
        }
    }

    /// `None` when the next word is not an ordinal; the number is missing when it is too long.
    fn ordinal(&mut self) -> Option<Option<u16>> {
        let word = self.peek()?;
        let digits = ["st", "nd", "rd", "th"].iter().find_map(|end| word.strip_suffix(end))?;
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        self.advance();
        Some(digits.parse().ok())
    }

    fn field(&mut self) -> Result<String, RuleError> {
        let Some(word) = self.peek().filter(|word| *word != ",") else {
            return Err(self.unexpected("数え始める日の項目名を書いてください。"));
        };
        let is_name = |name: &str| {
            name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        };
        if !word.split('.').all(is_name) {
            return Err(self.error(
                &format!("「{word}」は項目名の形ではありません。"),
                "項目名は英字で始め、英数字と下線で書き、参照先は「round.goal_due」のように点でつないでください。",
            ));
        }
        self.advance();
        Ok(word.to_owned())
    }

    fn unexpected(&self, mend: &str) -> RuleError {
        match self.peek() {
            Some(word) => self.error(&format!("「{word}」は読み取れません。"), mend),
            None => self.error("規則が途中で終わっています。", mend),
        }
    }

    fn error(&self, message: &str, mend: &str) -> RuleError {
        let column = self.words.get(self.at).map_or(self.end, |(_, column)| *column);
        RuleError { column, message: message.to_owned(), mend: mend.to_owned() }
    }

    /// An error about the word just taken.
    fn error_before(&self, message: &str, mend: &str) -> RuleError {
        let taken = self.at.checked_sub(1).and_then(|at| self.words.get(at));
        let column = taken.map_or(1, |(_, column)| *column);
        RuleError { column, message: message.to_owned(), mend: mend.to_owned() }
    }
}
