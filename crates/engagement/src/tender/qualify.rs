//! Whether a firm may take part: what can be checked by comparing documents with the notice (入札公告 4, 公示 2).

use chrono::{DateTime, NaiveDate, Utc};

/// What the notice asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Grade `A` to `D`, this or better.
    pub grade: Option<String>,
    /// Region, such as 九州・沖縄.
    pub region: Option<String>,
    /// Years of the unified qualification, as written in the notice.
    pub years: Option<String>,
    /// A certificate of information security (group I).
    pub security: bool,
    /// A certificate of quality management (group II).
    pub quality: bool,
    /// The certificates must be there by this instant.
    pub certificates_until: Option<DateTime<Utc>>,
}

/// What the firm shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// Grade.
    pub grade: Option<String>,
    /// Region.
    pub region: Option<String>,
    /// Years.
    pub years: Option<String>,
    /// Certificates: code of the kind, last day.
    pub certificates: Vec<(String, NaiveDate)>,
    /// When they were handed in.
    pub certificates_at: Option<DateTime<Utc>>,
    /// Not barred by 予決令 art. 70 and 71, or with the consent that makes an exception.
    pub not_barred: Option<bool>,
    /// The consent is there (未成年者 etc.).
    pub consent: bool,
    /// The documents of the tender were received on this day.
    pub documents_on: Option<NaiveDate>,
    /// What the register of suspensions says of the firm on the day: sources in force.
    pub suspended: Vec<String>,
    /// Tied firms that are suspended on the day.
    pub tied: Vec<String>,
}

/// One check: what is checked, what was looked at, whether it holds (`None`: a person must say), and why not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What.
    pub item: &'static str,
    /// Evidence.
    pub evidence: String,
    /// Outcome.
    pub passed: Option<bool>,
    /// Reason when it does not hold.
    pub reason: String,
}

/// All checks of a firm on a day.
pub fn checks(wanted: &Wanted, shown: &Shown, on: NaiveDate) -> Vec<Check> {
    let mut all = vec![barred(shown)];
    all.extend(wanted.years.as_deref().map(|years| same("統一資格の年度", years, shown.years.as_deref())));
    all.extend(wanted.grade.as_deref().map(|grade| self::grade(grade, shown.grade.as_deref())));
    all.extend(wanted.region.as_deref().map(|region| same("競争参加地域", region, shown.region.as_deref())));
    if wanted.security {
        all.push(certificate("適合条件Ⅰ（情報セキュリティ）", &["privacy_mark", "iso27001"], wanted, shown, on));
    }
    if wanted.quality {
        all.push(certificate("適合条件Ⅱ（品質マネジメント）", &["iso9001"], wanted, shown, on));
    }
    all.push(clear("指名停止・排除の要請", &shown.suspended));
    all.push(clear("指名停止を受けた会社との関係", &shown.tied));
    all.push(match shown.documents_on {
        Some(day) => held("入札説明書の交付", calendar::format_date(day)),
        None => failed("入札説明書の交付", String::new(), "交付を受けた記録がありません。"),
    });
    all
}

fn held(item: &'static str, evidence: String) -> Check {
    Check { item, evidence, passed: Some(true), reason: String::new() }
}

fn failed(item: &'static str, evidence: String, reason: impl Into<String>) -> Check {
    Check { item, evidence, passed: Some(false), reason: reason.into() }
}

fn barred(shown: &Shown) -> Check {
    let item = "予決令第70条・第71条";
    match (shown.not_barred, shown.consent) {
        (Some(true), _) => held(item, "本人の申出".into()),
        (_, true) => held(item, "必要な同意を得ている（特別の理由）".into()),
        (Some(false), false) => failed(item, "本人の申出".into(), "参加を認められない者に当たります。"),
        (None, false) => {
            Check { item, evidence: String::new(), passed: None, reason: "申出がありません。".into() }
        }
    }
}

/// D is the lowest: a bidder graded B may take part where C is asked for.
fn grade(wanted: &str, shown: Option<&str>) -> Check {
    let item = "統一資格の等級";
    match shown {
        Some(grade) if "ABCD".contains(grade) && grade <= wanted => held(item, format!("{grade}（{wanted}以上）")),
        Some(grade) => failed(item, grade.into(), format!("{wanted}以上ではありません。")),
        None => failed(item, String::new(), "等級が書かれていません。"),
    }
}

fn same(item: &'static str, wanted: &str, shown: Option<&str>) -> Check {
    let plain = |text: &str| text.chars().filter(|letter| !letter.is_whitespace()).collect::<String>();
    match shown {
        Some(shown) if plain(shown).contains(&plain(wanted)) => held(item, shown.into()),
        Some(shown) => failed(item, shown.into(), format!("「{wanted}」ではありません。")),
        None => failed(item, String::new(), "書かれていません。"),
    }
}

fn certificate(item: &'static str, kinds: &[&str], wanted: &Wanted, shown: &Shown, on: NaiveDate) -> Check {
    let of_kind = || shown.certificates.iter().filter(|(kind, _)| kinds.contains(&kind.as_str()));
    let Some((_, last)) = of_kind().max_by_key(|(_, last)| last) else {
        return failed(item, String::new(), "証明書類がありません。");
    };
    let evidence = format!("有効期限 {}", calendar::format_date(*last));
    if *last < on {
        return failed(item, evidence, "有効期限が切れています。");
    }
    match (wanted.certificates_until, shown.certificates_at) {
        (Some(until), Some(at)) if at > until => failed(item, evidence, "提出期限の後に出されました。"),
        (Some(_), None) => failed(item, evidence, "提出されていません。"),
        _ => held(item, evidence),
    }
}

fn clear(item: &'static str, against: &[String]) -> Check {
    if against.is_empty() {
        return held(item, "指名停止の台帳".into());
    }
    failed(item, "指名停止の台帳".into(), against.join("、"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn wanted() -> Wanted {
        Wanted {
            grade: Some("C".into()),
            region: Some("九州・沖縄".into()),
            years: Some("令和4・5・6年度".into()),
            security: true,
            quality: true,
            certificates_until: Some("2024-02-20T03:00:00Z".parse().unwrap()),
        }
    }

    fn shown() -> Shown {
        Shown {
            grade: Some("C".into()),
            region: Some("関東・甲信越、九州・沖縄".into()),
            years: Some("令和4・5・6年度".into()),
            certificates: vec![("iso27001".into(), day("2024-12-31")), ("iso9001".into(), day("2024-12-31"))],
            certificates_at: Some("2024-02-20T03:00:00Z".parse().unwrap()),
            not_barred: Some(true),
            documents_on: Some(day("2024-02-10")),
            ..Shown::default()
        }
    }

    fn against(shown: Shown) -> Vec<&'static str> {
        let found = checks(&wanted(), &shown, day("2024-02-29"));
        found.into_iter().filter(|check| check.passed != Some(true)).map(|check| check.item).collect()
    }

    #[test]
    fn every_condition_of_the_notice_is_checked_alone() {
        assert_eq!(against(shown()), [] as [&str; 0]);
        let late = Some("2024-02-20T03:00:01Z".parse().unwrap());
        for (changed, item) in [
            (Shown { grade: Some("D".into()), ..shown() }, "統一資格の等級"),
            (Shown { grade: None, ..shown() }, "統一資格の等級"),
            (Shown { region: Some("近畿".into()), ..shown() }, "競争参加地域"),
            (Shown { years: Some("令和1・2・3年度".into()), ..shown() }, "統一資格の年度"),
            (Shown { not_barred: Some(false), ..shown() }, "予決令第70条・第71条"),
            (Shown { not_barred: None, ..shown() }, "予決令第70条・第71条"),
            (Shown { suspended: vec!["見本の文書".into()], ..shown() }, "指名停止・排除の要請"),
            (Shown { tied: vec!["見本の会社".into()], ..shown() }, "指名停止を受けた会社との関係"),
            (Shown { documents_on: None, ..shown() }, "入札説明書の交付"),
            (
                Shown { certificates: vec![("iso9001".into(), day("2024-12-31"))], ..shown() },
                "適合条件Ⅰ（情報セキュリティ）",
            ),
            (
                Shown { certificates: vec![("privacy_mark".into(), day("2024-12-31"))], ..shown() },
                "適合条件Ⅱ（品質マネジメント）",
            ),
        ] {
            assert_eq!(against(changed), [item]);
        }
        // A second too late, or run out on the day of the check.
        let both = ["適合条件Ⅰ（情報セキュリティ）", "適合条件Ⅱ（品質マネジメント）"];
        assert_eq!(against(Shown { certificates_at: late, ..shown() }), both);
        let over = vec![("iso27001".to_string(), day("2024-02-28")), ("iso9001".into(), day("2024-02-28"))];
        assert_eq!(against(Shown { certificates: over, ..shown() }), both);
    }

    #[test]
    fn a_better_grade_and_a_needed_consent_are_enough() {
        for grade in ["A", "B", "C"] {
            assert_eq!(against(Shown { grade: Some(grade.into()), ..shown() }), [] as [&str; 0], "{grade}");
        }
        assert_eq!(against(Shown { not_barred: Some(false), consent: true, ..shown() }), [] as [&str; 0]);
        assert_eq!(checks(&Wanted::default(), &Shown::default(), day("2024-02-29")).len(), 4);
    }
}
