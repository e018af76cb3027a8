//! Earned value of a contract: the S-curve and its figures, each with the formula it comes from.

use ledger::port::Reader;
use maud::{Markup, html};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use ui::charts::{LineChart, Series};
use ui::components::{Cell, Column, Empty, Notice, Page, Row, Table, Tabs};
use ui::web::{Ask, Reply, Stop};
use ui::when::day_text;

use super::super::earned_value::{Figures, Outlook, curve, figures};
use super::super::names::ledger_name::{WORK_ITEM, WORK_RECORD};
use super::super::plan::{self, Unit};
use super::{asked, engagement_url, schedule};

/// The page.
pub fn page(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let (contract, page) = asked::contract(tx, ask, "出来高管理（EVM）")?;
    let own = || vec![asked::is("engagement", [contract.id.as_str()])];
    let items = asked::all(tx, ask, WORK_ITEM, own())?;
    let records = asked::all(tx, ask, WORK_RECORD, own())?;
    let baseline = schedule::baseline(tx, ask, &contract)?;
    let unit = if ask.query("unit") == Some("yen") { Unit::Yen } else { Unit::Hours };
    let calendar = &ask.kernel.calendar;
    let planned = plan::earned_items(&items, baseline.as_ref(), unit);
    let spent = plan::spent(&records, unit);
    let today = ask.kernel.today();
    let at = figures(&planned, &spent, today, calendar);
    let to = |unit: &str| engagement_url(&contract.id, "earned-value").query("unit", unit);
    let tabs = Tabs::new("数える単位").tab("工数（時間）", to("hours"), unit == Unit::Hours, None).tab(
        "費用（円）",
        to("yen"),
        unit == Unit::Yen,
        None,
    );
    let page = match baseline.is_some() {
        true => page,
        false => page.notice(
            Notice::info("承認された基準線がありません").text("今の作業項目の計画を計画価値（PV）として数えています。"),
        ),
    };
    if at.budget.is_zero() {
        let empty = Empty::new(
            "計画の工数や費用がまだありません",
            "作業項目に計画の工数か費用を書くと、ここに出来高が描かれます。",
        );
        return Ok(Reply::page(page.body(html! { div class="stack" { (tabs) (empty) } })));
    }
    let points = curve(&planned, &spent, today, calendar);
    let value = |amount: Decimal| amount.to_f64();
    let steps = points
        .iter()
        .map(|point| format!("{}/{}", chrono::Datelike::month(&point.day), chrono::Datelike::day(&point.day)))
        .collect();
    let line = |label: &str, values: Vec<Option<f64>>| Series { label: label.into(), values };
    let chart = LineChart::new("curve", format!("{}までのS曲線", day_text(today)), unit.word(), steps)
        .note("計画価値（PV）は終わりまで、出来高（EV）と実コスト（AC）は今日までです。")
        .series(line("PV 計画", points.iter().map(|point| value(point.planned)).collect()))
        .series(line("EV 出来高", points.iter().map(|point| value(point.known?.0)).collect()))
        .series(line("AC 実績", points.iter().map(|point| value(point.known?.1)).collect()));
    let body = html! { div class="stack" {
        (tabs)
        p { (told(&at)) "　" a href=(engagement_url(&contract.id, "schedule")) { "工程を見る" } }
        (chart)
        section class="section stack" id="figures" {
            h2 { (day_text(today)) "の数字" }
            (table(&at, unit))
            p class="small quiet" { "割る数がないときは空にします。出来高は、作業ごとに決めた測り方（0/100、50/50、重み付きの節目、進み具合）で数えます。" }
        }
    } };
    Ok(Reply::page(Page::body(page, body)))
}

/// The state of things in a sentence.
fn told(at: &Figures) -> String {
    let side = |index: Option<Decimal>, good: &str, bad: &str, even: &str| match index {
        None => None,
        Some(index) if index > Decimal::ONE => Some(good.to_string()),
        Some(index) if index < Decimal::ONE => Some(bad.to_string()),
        Some(_) => Some(even.to_string()),
    };
    let schedule =
        side(at.schedule_index(), "計画より進んでいます", "計画より遅れています", "計画どおりに進んでいます");
    let cost = side(
        at.cost_index(),
        "計画より少ない投入で済んでいます",
        "計画より多い投入になっています",
        "投入は計画どおりです",
    );
    match (schedule, cost) {
        (None, None) => "まだ始まっていません。".into(),
        (schedule, cost) => {
            let words: Vec<String> = [schedule, cost].into_iter().flatten().collect();
            format!("{}。", words.join("。"))
        }
    }
}

fn table(at: &Figures, unit: Unit) -> Markup {
    let amount = |value: Decimal| shown(value, if unit == Unit::Yen { 0 } else { 2 });
    let maybe = |value: Option<Decimal>| value.map_or_else(String::new, amount);
    let index = |value: Option<Decimal>| value.map_or_else(String::new, |value| shown(value, 3));
    let percent = |value: Option<Decimal>| {
        value.map_or_else(String::new, |value| format!("{}%", shown(value * Decimal::ONE_HUNDRED, 1)))
    };
    let (pv, ev, ac, bac) = (amount(at.planned), amount(at.earned), amount(at.actual), amount(at.budget));
    let outlooks = [
        (Outlook::Typical, "今の効率が続く", format!("BAC ÷ CPI ＝ {bac} ÷ {}", index(at.cost_index()))),
        (Outlook::Atypical, "残りは計画どおり", format!("AC ＋（BAC − EV）＝ {ac} ＋（{bac} − {ev}）")),
        (
            Outlook::Both,
            "遅れも効率に響く",
            format!(
                "AC ＋（BAC − EV）÷（CPI × SPI）＝ {ac} ＋（{bac} − {ev}）÷（{} × {}）",
                index(at.cost_index()),
                index(at.schedule_index())
            ),
        ),
    ];
    let mut rows: Vec<(String, String, String)> = vec![
        ("PV 計画価値".into(), pv.clone(), "今日までに終えるはずだった作業の予算の合計".into()),
        ("EV 出来高".into(), ev.clone(), "作業の予算 × 出来高率 の合計".into()),
        ("AC 実コスト".into(), ac.clone(), "今日までの稼働実績の合計".into()),
        ("BAC 完成時総予算".into(), bac.clone(), "全ての作業の予算の合計".into()),
        ("完了率".into(), percent(at.complete()), format!("EV ÷ BAC ＝ {ev} ÷ {bac}")),
        ("SV スケジュール差異".into(), amount(at.schedule_variance()), format!("EV − PV ＝ {ev} − {pv}")),
        ("CV コスト差異".into(), amount(at.cost_variance()), format!("EV − AC ＝ {ev} − {ac}")),
        ("SPI スケジュール効率".into(), index(at.schedule_index()), format!("EV ÷ PV ＝ {ev} ÷ {pv}")),
        ("CPI コスト効率".into(), index(at.cost_index()), format!("EV ÷ AC ＝ {ev} ÷ {ac}")),
        (
            "TCPI（予算に収めるため）".into(),
            index(at.needed_for_budget()),
            format!("（BAC − EV）÷（BAC − AC）＝（{bac} − {ev}）÷（{bac} − {ac}）"),
        ),
    ];
    for (outlook, words, formula) in outlooks {
        let eac = maybe(at.at_completion(outlook));
        rows.push((format!("EAC 完成時の見積り（{words}）"), eac.clone(), formula));
        rows.push((
            format!("ETC 残りの見積り（{words}）"),
            maybe(at.remaining(outlook)),
            format!("EAC − AC ＝ {eac} − {ac}"),
        ));
        rows.push((
            format!("VAC 完成時の差異（{words}）"),
            maybe(at.variance_at_completion(outlook)),
            format!("BAC − EAC ＝ {bac} − {eac}"),
        ));
        rows.push((
            format!("TCPI（見積りに収めるため、{words}）"),
            index(at.needed_for_estimate(outlook)),
            format!("（BAC − EV）÷（EAC − AC）＝（{bac} − {ev}）÷（{eac} − {ac}）"),
        ));
    }
    let columns = vec![Column::text("指標").names_row(), Column::number("値"), Column::text("求め方")];
    let rows = rows.into_iter().map(|(name, value, formula)| {
        // A formula with a gap says nothing.
        let cell = if value.is_empty() { Cell::text("割る数がないため求めません") } else { Cell::of_markup(html! { details { summary { "式を開く" span class="visually-hidden" { "（" (name) "）" } } p { (formula) } } }) };
        Row::new(vec![Cell::text(name.as_str()), Cell::text(value), cell])
    });
    let caption = format!("出来高の数字（単位 {}、効率は比）", unit.word());
    html! { (Table::new(caption, columns).rows(rows)) }
}

/// A number in words: rounded half away from zero, digits grouped, with a true minus sign.
fn shown(value: Decimal, places: u32) -> String {
    let rounded = value.round_dp_with_strategy(places, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
    let text = format!("{:.1$}", rounded.abs(), places as usize);
    let (whole, rest) = text.split_once('.').map_or((text.as_str(), None), |(whole, rest)| (whole, Some(rest)));
    let grouped = whole.parse().map_or_else(|_| whole.to_string(), ui::figures::grouped);
    let sign = if rounded.is_sign_negative() && !rounded.is_zero() { "−" } else { "" };
    rest.map_or_else(|| format!("{sign}{grouped}"), |rest| format!("{sign}{grouped}.{rest}"))
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn figures_are_rounded_and_grouped_for_people() {
        let table = [
            ("1234567.895", 2, "1,234,567.90"),
            ("-0.0005", 3, "−0.001"),
            ("-0.0004", 3, "0.000"),
            ("0", 0, "0"),
            ("-1200.5", 0, "−1,201"),
        ];
        for (value, places, wanted) in table {
            assert_eq!(shown(value.parse().unwrap(), places), wanted);
        }
    }
}
