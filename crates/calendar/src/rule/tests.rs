use chrono::NaiveDate;
use proptest::prelude::*;

use super::*;
use crate::business::BusinessCalendar;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn resolve(rule: &str, value: &str) -> Option<String> {
    let rule = DeadlineRule::parse(rule).unwrap_or_else(|error| panic!("{rule}: {error}"));
    let due = rule.resolve(&|_| Some(day(value)), &BusinessCalendar::government());
    due.map(|due| due.to_string())
}

#[test]
fn due_dates() {
    for (rule, value, due) in [
        ("on due_on", "2026-11-21", "2026-11-21"),
        ("on due_on, next business day", "2026-11-21", "2026-11-24"),
        ("on due_on, previous business day", "2026-11-21", "2026-11-20"),
        // Minutes: three business days counted from the day after the meeting.
        ("3 business days after held_on", "2024-12-26", "2025-01-07"),
        ("3 business days after held_on", "2025-05-01", "2025-05-08"),
        ("3 business days after held_on", "2026-09-18", "2026-09-28"),
        ("5 business days after start", "2024-04-01", "2024-04-08"),
        // Material: at least one business day before the meeting.
        ("1 business day before held_on", "2026-11-24", "2026-11-20"),
        ("1 week before start", "2026-04-01", "2026-03-25"),
        ("1 month before start", "2026-03-31", "2026-02-28"),
        // Inspection: ten days counted from receipt, deemed passed after fourteen.
        ("10 days counting from received_on", "2026-03-31", "2026-04-09"),
        ("14 days counting from received_on", "2026-03-31", "2026-04-13"),
        // Payment: thirty days from receipt of the invoice, the next day being day 1.
        ("30 days after invoiced_on", "2026-03-31", "2026-04-30"),
        ("30 days after invoiced_on, next business day", "2026-04-02", "2026-05-07"),
        ("2 months after x", "2026-12-31", "2027-02-28"),
        ("1 year counting from accepted_on", "2026-03-31", "2027-03-30"),
        ("7 days before round.goal_due", "2026-10-30", "2026-10-23"),
        ("last day of the month after period", "2026-01-01", "2026-02-28"),
        ("last day of month of x", "2024-02-10", "2024-02-29"),
        ("last day of the month before x", "2026-03-31", "2026-02-28"),
        ("last day of the 2nd month after x", "2026-12-15", "2027-02-28"),
        ("last day of the month of x, previous business day", "2026-10-05", "2026-10-30"),
        ("10th of the month after paid_on, previous business day", "2026-12-25", "2027-01-08"),
        ("10th of the month after paid_on", "2026-12-25", "2027-01-10"),
        ("31st of the month after x", "2026-01-05", "2026-02-28"),
        ("5th business day of the month after period", "2026-12-01", "2027-01-08"),
        ("5 business days after the month of period", "2026-12-01", "2027-01-08"),
        ("10 days after the fiscal year of x", "2026-12-01", "2027-04-10"),
        ("10 days counting from the month of x", "2026-12-15", "2026-12-10"),
        ("1 day before the month of x", "2026-12-15", "2026-11-30"),
        ("end of fiscal year of x", "2026-03-31", "2026-03-31"),
        ("end of the fiscal year of x", "2026-04-01", "2027-03-31"),
        ("end of fiscal year after x", "2026-04-01", "2028-03-31"),
    ] {
        assert_eq!(resolve(rule, value).as_deref(), Some(due), "{rule} from {value}");
    }
    assert_eq!(resolve("9999 years after x", "9999-12-31"), Some("+19998-12-31".into()));
    assert_eq!(resolve("9999 years after x", "+262000-01-01"), None);
}

#[test]
fn without_a_value_there_is_no_date() {
    let rule = DeadlineRule::parse("7 days before round.goal_due").unwrap();
    assert_eq!(rule.fields(), ["round.goal_due"]);
    assert_eq!(rule.resolve(&|_| None, &BusinessCalendar::government()), None);
}

#[test]
fn rules_fit_for_periods() {
    for (rule, fit) in [
        ("last day of the month after x", true),
        ("5 business days after the month of x", true),
        ("end of fiscal year of x", true),
        ("5 business days after x", false),
        ("on x", false),
    ] {
        assert_eq!(DeadlineRule::parse(rule).map(|rule| rule.takes_period()), Ok(fit), "{rule}");
    }
}

#[test]
fn canonical_text() {
    for (text, canonical) in [
        ("1 days after x", "1 day after x"),
        ("3  business day after  x ,next business day", "3 business days after x, next business day"),
        ("last day of month after x", "last day of the month after x"),
        ("1th of the 1st month after x", "1st of the month after x"),
        ("22nd of the 13rd month before x", "22nd of the 13th month before x"),
        ("end of the fiscal year of x", "end of fiscal year of x"),
        ("2 weeks counting from the fiscal year of a.b_c", "2 weeks counting from the fiscal year of a.b_c"),
    ] {
        assert_eq!(DeadlineRule::parse(text).map(|rule| rule.to_string()), Ok(canonical.into()));
    }
}

#[test]
fn mistakes_are_placed_and_mended() {
    for (text, column, message) in [
        ("", 1, "規則が途中で終わっています。"),
        ("soon", 1, "「soon」は読み取れません。"),
        ("3 bussiness days after x", 3, "「bussiness」は読み取れません。"),
        ("3 business after x", 12, "「after」は読み取れません。"),
        ("3 days since x", 8, "「since」は読み取れません。"),
        ("3 days after", 13, "規則が途中で終わっています。"),
        ("0 days after x", 1, "数は1から9999までです。"),
        ("70000 days after x", 1, "数は1から9999までです。"),
        ("3 days after 会議日", 14, "「会議日」は項目名の形ではありません。"),
        ("3 days after x.", 14, "「x.」は項目名の形ではありません。"),
        ("3 days after x next business day", 16, "「next」は読み取れません。"),
        ("3 days after x, following day", 17, "「following」は読み取れません。"),
        ("3 days after x, next business day please", 35, "「please」は読み取れません。"),
        ("32nd of the month after x", 1, "月の日は1から31までです。"),
        ("16th business day of the month of x", 15, "月の開庁日は1から15までです。"),
        ("last business day of the month of x", 6, "last business day という書き方はありません。"),
        ("last day of the 2nd month of x", 27, "何番目の月かは after か before と組み合わせます。"),
        ("last day of the 121st month after x", 17, "何か月先かは1から120までです。"),
        ("end of year of x", 8, "「year」は読み取れません。"),
        ("on the month of x", 8, "「month」は読み取れません。"),
        ("会議の3日後", 1, "「会議の3日後」は読み取れません。"),
    ] {
        let error = DeadlineRule::parse(text).expect_err(text);
        assert_eq!((error.column, error.message.as_str()), (column, message), "{text}");
        assert!(error.mend.ends_with('。'), "{text}");
    }
}

#[test]
fn rules_in_words() {
    for (rule, words) in [
        ("on x", "「開始日」の日"),
        ("3 business days after x", "「開始日」の翌日を1日目として数えて3開庁日目"),
        ("10 days counting from x", "「開始日」を1日目として数えて10日目"),
        ("2 months after x", "「開始日」の翌日を1日目として2か月の期間の末日"),
        ("1 week before x", "「開始日」からさかのぼって1週間前の日"),
        ("5 business days after the month of x", "「開始日」の属する月の末日の翌日を1日目として数えて5開庁日目"),
        ("last day of the month after x", "「開始日」の属する月の翌月の末日"),
        ("last day of the month of x", "「開始日」の属する月の末日"),
        (
            "10th of the month after x, previous business day",
            "「開始日」の属する月の翌月の10日（閉庁日に当たるときは直前の開庁日）",
        ),
        ("3rd business day of the 3rd month after x", "「開始日」の属する月の3か月後の月の3開庁日目"),
        ("end of fiscal year of x", "「開始日」の属する年度の末日"),
    ] {
        let rule = DeadlineRule::parse(rule).unwrap();
        assert_eq!(rule.explain_with(&|_| Some("開始日".into())), words);
    }
}

#[test]
fn steps_of_a_count() {
    let calendar = BusinessCalendar::government();
    let label = |_: &str| Some("会議日".to_owned());
    let shown = |rule: &str, value: &str| {
        let counted = DeadlineRule::parse(rule).unwrap().count(&|_| Some(day(value)), &label, &calendar).unwrap();
        let steps: Vec<_> = counted.steps.iter().map(|step| format!("{} {}", step.date, step.words)).collect();
        (steps, counted.provisional)
    };
    assert_eq!(
        shown("3 business days after x", "2026-11-20"),
        (
            vec![
                "2026-11-20 「会議日」の日".into(),
                "2026-11-26 翌日を1日目として数えて3開庁日目。閉庁日を除きます：\
                 2026年11月21日（土）土曜日、2026年11月22日（日）日曜日、2026年11月23日（月）勤労感謝の日"
                    .into(),
            ],
            false
        )
    );
    assert_eq!(
        shown("10 days counting from the month of x, next business day", "2026-10-20"),
        (
            vec![
                "2026-10-20 「会議日」の日".into(),
                "2026-10-01 その月の初日".into(),
                "2026-10-10 その日を1日目として数えて10日目".into(),
                "2026-10-13 閉庁日（土曜日）に当たるため、次の開庁日に移します".into(),
            ],
            false
        )
    );
    assert_eq!(
        shown("30 days after x, next business day", "2027-12-20"),
        (
            vec![
                "2027-12-20 「会議日」の日".into(),
                "2028-01-19 翌日を1日目として数えて30日目".into(),
                "2028-01-19 祝日が公表されていない年に掛かるため、変わることがあります".into(),
            ],
            true
        )
    );
    let (_, provisional) = shown("30 days after x", "2027-12-20");
    assert!(!provisional, "calendar days do not depend on the holiday list");
}

#[test]
fn travels_as_text() {
    let rule = DeadlineRule::parse("3 business days after held_on").unwrap();
    assert_eq!(String::from(rule.clone()), "3 business days after held_on");
    assert_eq!(DeadlineRule::try_from(String::from(rule.clone())), Ok(rule));
}

fn any_rule() -> impl Strategy<Value = DeadlineRule> {
    let whole = prop::sample::select(vec![Whole::Day, Whole::Month, Whole::FiscalYear]);
    let unit = prop::sample::select(vec![Unit::Days, Unit::BusinessDays, Unit::Weeks, Unit::Months, Unit::Years]);
    let counting = prop::sample::select(vec![Counting::FromThatDay, Counting::FromNextDay]);
    let shift = prop::sample::select(vec![Shift::Stay, Shift::Next, Shift::Previous]);
    let length = (1_u16..=9999, unit).prop_map(|(number, unit)| Length::new(number, unit));
    let day_of_month = prop_oneof![
        Just(DayOfMonth::Last),
        (1_u8..=31).prop_map(DayOfMonth::Day),
        (1_u8..=15).prop_map(DayOfMonth::BusinessDay),
    ];
    let due = prop_oneof![
        Just(Due::On),
        (counting, length.clone(), whole.clone()).prop_map(|(c, l, w)| Due::Counted(c, l, w)),
        (length, whole).prop_map(|(l, w)| Due::Before(l, w)),
        (day_of_month, -120_i16..=120).prop_map(|(d, a)| Due::InMonth(d, a)),
        (-1_i16..=1).prop_map(Due::EndOfFiscalYear),
    ];
    (due, shift, "[a-z_][a-z0-9_]{0,8}(\\.[a-z_][a-z0-9_]{0,8})?")
        .prop_map(|(due, shift, field)| DeadlineRule { due, shift, fields: [field] })
        // `on` takes any field, the others read a field called `the` as the article.
        .prop_filter("the article", |rule| rule.field() != "the")
}

proptest! {
    #[test]
    fn a_printed_rule_reads_back(rule in any_rule()) {
        prop_assert_eq!(DeadlineRule::parse(&rule.to_string()), Ok(rule));
    }

    #[test]
    fn no_text_breaks_the_reader(text in "\\PC{0,40}") {
        if let Err(error) = DeadlineRule::parse(&text) {
            prop_assert!(error.column <= text.chars().count() + 1);
        }
    }

    #[test]
    fn every_rule_counts_and_moves_to_open_days(rule in any_rule(), n in 700_000_i32..760_000) {
        let calendar = BusinessCalendar::government();
        let value = NaiveDate::from_num_days_from_ce_opt(n).unwrap();
        let due = rule.resolve(&|_| Some(value), &calendar);
        let counted = rule.count(&|_| Some(value), &|_| None, &calendar);
        prop_assert_eq!(due, counted.as_ref().map(|counted| counted.due));
        if let (Some(due), true) = (due, rule.shift() != Shift::Stay) {
            prop_assert!(calendar.is_business_day(due));
        }
        if let Some(counted) = counted {
            prop_assert_eq!(counted.steps.last().map(|step| step.date), Some(counted.due));
        }
    }
}
