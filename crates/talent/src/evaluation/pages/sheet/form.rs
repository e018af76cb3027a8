//! The form of a sheet: what this reader may write in this step, drawn from pairs.

use chrono::NaiveDate;
use ledger::Problem;
use ledger::definition::Kind;
use maud::{Markup, Render, html};
use serde_json::Value;
use ui::Url;
use ui::components::{
    Button, Choice, Date, ErrorSummary, Field, Form, LinkButton, Radios, Select, Text, TextArea, YesNo, form_section,
};
use ui::web::Ask;

use super::super::super::scale::Scale;
use super::super::pairs::{Pairs, RowPairs};
use super::super::shown::{self, Item};
use super::seen::Seen;

/// Name of the hidden input that lists the fields the form asks for.
pub const FIELDS: &str = "_fields";
/// Name of the hidden input with the revision that was seen.
pub const REVISION: &str = "_revision";
/// Name of the button that saves and acts.
pub const ACT: &str = "_act";
/// My own view from a second office; others' views are not sent.
pub const MY_VIEW: &str = "concurrent_views.mine.view";

/// A form being drawn.
pub struct SheetForm<'a> {
    /// The request.
    pub ask: &'a Ask<'a>,
    /// The sheet.
    pub seen: &'a Seen,
    /// What stands in the inputs.
    pub pairs: &'a Pairs,
    /// What must be mended.
    pub problems: &'a [Problem],
}

impl SheetForm<'_> {
    /// The form for the fields, with its buttons.
    pub fn draw(&self, fields: &[&str], to: Url) -> Markup {
        let seen = self.seen;
        let mut form = Form::new(to)
            .hidden("_secret", self.ask.secret)
            .hidden(REVISION, seen.sheet().revision.to_string())
            .hidden(FIELDS, fields.join(","))
            .autosave(Url::path(["drafts", seen.sheet().ledger.as_str(), seen.sheet().id.as_str()]))
            .errors(self.summary(fields))
            .body(self.sections(fields));
        let mut offers: Vec<_> = seen.detail.offers.iter().filter(|offer| seen.in_form(offer, fields)).collect();
        offers.sort_by_key(|offer| !offer.transition.main);
        let mut saved = false;
        for offer in offers {
            let transition = &offer.transition;
            // Only who acts can stand against it here: what a guard asks for may just be in the inputs.
            let obstacle = ledger::write::obstacle(&seen.ledger, transition, seen.sheet(), self.ask.who);
            // Saving stands second, right behind the main act.
            if !transition.main && !saved {
                form = form.button(Button::secondary("途中まで保存する"));
                saved = true;
            }
            let button = match transition.main {
                true => Button::primary(&transition.label),
                false => Button::secondary(&transition.label),
            };
            let button = button.value(ACT, &transition.name);
            let button = match (&obstacle, transition.confirm.as_str()) {
                (Some(obstacle), _) => button.refused(obstacle),
                (None, "") => button,
                (None, question) => button.confirm(question),
            };
            form = form.button(button);
        }
        if !saved {
            form = form.button(Button::secondary("途中まで保存する"));
        }
        form.render()
    }

    /// The form of an act that needs more words.
    pub fn draw_act(&self, fields: &[String], comment: bool, label: &str, to: Url, back: &Url) -> Markup {
        let names: Vec<&str> = fields.iter().map(String::as_str).collect();
        let fields = html! {
            @for name in &names { (self.field(name, true)) }
            @if comment {
                (Field::new("_reason", "理由", TextArea::new().rows(4).value(self.pairs.first("_reason")))
                    .required()
                    .error_if(self.error("reason").or_else(|| self.error("_reason")))
                    .help("履歴に残り、評価の系列にいる人が読みます。"))
            }
        };
        Form::new(to)
            .hidden("_secret", self.ask.secret)
            .hidden(REVISION, self.seen.sheet().revision.to_string())
            .hidden(FIELDS, names.join(","))
            .errors(self.summary(&names))
            .body(fields)
            .button(Button::primary(label))
            .button(LinkButton::secondary("やめる", back.clone()))
            .render()
    }

    fn sections(&self, fields: &[&str]) -> Markup {
        let has = |name: &str| fields.contains(&name);
        let items = shown::items(self.ask.kernel, self.seen.sheet());
        let mut parts = Vec::new();
        if has("goals") {
            parts.push(self.goals());
        }
        if has("reports") {
            parts.push(self.reports(&items));
        }
        if has("item_marks") {
            parts.push(self.marks(&items));
        }
        for (heading, note, names) in [
            ("全体についての自己申告", None, &["self_comment"][..]),
            (
                "期首面談",
                Some("面談をした日と方法を書きます。記録と助言は本人も読みます。"),
                &["opening_on", "opening_means", "opening_record", "goal_advice"],
            ),
            ("評価者の評価", Some("開示まで、本人には見えません。"), &["evaluator_mark", "evaluator_findings"]),
            ("自己申告を差し戻すときの助言", Some("差し戻すときに書きます。本人が読みます。"), &["report_advice"]),
            (
                "調整者の評価",
                Some("評価者の評語から動かすときは、理由を所見に書きます。"),
                &["adjuster_mark", "adjuster_findings"],
            ),
            (
                "実施権者の評価",
                Some("調整後の評語から動かすときは、理由を所見に書きます。"),
                &["confirmer_mark", "confirmer_findings"],
            ),
            (
                "期末面談",
                Some("面談をした日と方法、指導と助言の内容を書きます。本人も読みます。"),
                &["closing_on", "closing_means", "closing_record"],
            ),
        ] {
            let drawn: Vec<Markup> =
                names.iter().filter(|name| has(name)).map(|name| self.field(name, false)).collect();
            if !drawn.is_empty() {
                parts.push(form_section(heading, note, &drawn));
            }
        }
        if has("concurrent_views") {
            parts.push(self.view());
        }
        html! { @for part in &parts { (part) } }
    }

    /// One plain field.
    fn field(&self, name: &str, demanded: bool) -> Markup {
        let Some(field) = self.seen.ledger.field(name) else { return Markup::default() };
        let value = self.pairs.first(name);
        let error = self.error(name);
        let help = field.help.as_str();
        let limit = field.max_length.and_then(|limit| u32::try_from(limit).ok());
        let chosen = (!value.is_empty()).then_some(value);
        match &field.kind {
            _ if name.ends_with("_mark") => {
                let radios = Radios::new(marks(&self.seen.scale)).chosen(chosen);
                Field::new(name, field.label.as_str(), radios).required_if(demanded).help(help).error_if(error).render()
            }
            Kind::Choice { set } => {
                let set = self.ask.kernel.catalogue.choices.get(set);
                let choices = set.map(|set| set.choices.iter().map(|c| Choice::new(&c.code, &c.label)).collect());
                let radios = Radios::new(choices.unwrap_or_default()).chosen(chosen).in_row();
                Field::new(name, field.label.as_str(), radios).required_if(demanded).help(help).error_if(error).render()
            }
            Kind::Date => {
                let understood: Option<NaiveDate> = calendar::parse_date(value, self.ask.kernel.today()).ok();
                let date = Date::new().typed(value, understood);
                Field::new(name, field.label.as_str(), date).required_if(demanded).help(help).error_if(error).render()
            }
            _ => {
                let area = TextArea::new().rows(5).value(value);
                let area = match limit {
                    Some(limit) => area.limit(limit),
                    None => area,
                };
                Field::new(name, field.label.as_str(), area).required_if(demanded).help(help).error_if(error).render()
            }
        }
    }

    /// Goals as cards: one column of labelled inputs each, with buttons to add, remove and move.
    fn goals(&self) -> Markup {
        let mut rows = self.pairs.rows("goals");
        if rows.is_empty() {
            rows.push(RowPairs::new());
        }
        let count = rows.len();
        html! {
            section class="form-section" {
                h2 { "目標" }
                p { "何を、いつまでに、どの水準まで行うかを、後で達成を確かめられるように書きます。" }
                @if let Some(error) = self.error("goals") { p class="field-error" { (error) } }
                @for (number, row) in rows.iter().enumerate() {
                    section class="panel stack" id=(format!("goal-{number}")) {
                        h3 { "目標" (number + 1) }
                        (self.goal(number, row))
                        div class="cluster" {
                            @if number > 0 { (row_button("goals", "up", number, "上へ移す")) }
                            @if number + 1 < count { (row_button("goals", "down", number, "下へ移す")) }
                            (row_button("goals", "remove", number, "この目標を取り除く"))
                        }
                    }
                }
                p class="rows-add" { (Button::secondary("目標を追加する").value("_rows", "goals:add")) }
            }
        }
    }

    fn goal(&self, number: usize, row: &RowPairs) -> Markup {
        let name = |column: &str| format!("goals.{number}.{column}");
        let held = |column: &str| row.get(column).map_or("", String::as_str);
        let error = |column: &str| self.cell_error("goals", number, column);
        let pick = |column: &str, label: &str| {
            let set = self.ask.kernel.catalogue.choices.get(column);
            let choices: Vec<Choice> =
                set.map(|set| set.choices.iter().map(|c| Choice::new(&c.code, &c.label)).collect()).unwrap_or_default();
            let chosen = (!held(column).is_empty()).then(|| held(column));
            Field::new(name(column), label, Radios::new(choices).chosen(chosen).in_row())
                .error_if(error(column))
                .render()
        };
        let tick = |column: &str, label: &str, words: &str| {
            Field::new(name(column), label, YesNo::new(words, held(column) == "true")).error_if(error(column)).render()
        };
        html! {
            (Field::new(name("title"), "目標の題", Text::new().value(held("title"))).required().error_if(error("title")))
            (Field::new(name("detail"), "何を、いつまでに、どの水準まで", TextArea::new().rows(4).limit(1000).value(held("detail")))
                .required().error_if(error("detail")))
            (pick("importance", "重要度"))
            (pick("difficulty", "困難度"))
            (tick("challenge", "チャレンジ目標", "高い水準に挑む目標である"))
            (tick("management", "マネジメント目標", "組織の運営や部下の育成についての目標である"))
        }
    }

    /// Self-report, each beside its goal.
    fn reports(&self, items: &[Item]) -> Markup {
        let rows = self.pairs.rows("reports");
        html! {
            section class="form-section" {
                h2 { "自己申告" }
                p { "目標ごとに、何をしてどこまで達成したかを事実で書きます。提出するまで、あなたのほかには見えません。" }
                @for (number, item) in items.iter().enumerate() {
                    @let held = row_of(&rows, number, item.no).and_then(|row| row.get("report"));
                    section class="panel stack" {
                        h3 { (item.no) " " (item.title) }
                        (shown::tags(item))
                        p class="value-only" { (item.detail) }
                        input type="hidden" name=(format!("reports.{number}.no")) value=(item.no);
                        (Field::new(format!("reports.{number}.report"), "達成状況・行動の事実",
                            TextArea::new().rows(5).limit(2000).value(held.map_or("", String::as_str)))
                            .error_if(self.cell_error("reports", number, "report")))
                    }
                }
            }
        }
    }

    /// Individual marks, each with the goal and the self-report in view.
    fn marks(&self, items: &[Item]) -> Markup {
        let rows = self.pairs.rows("item_marks");
        html! {
            section class="form-section" {
                h2 { "個別評語" }
                @for (number, item) in items.iter().enumerate() {
                    @let row = row_of(&rows, number, item.no);
                    @let held = |column: &str| row.and_then(|row| row.get(column)).map_or("", String::as_str);
                    section class="panel stack" {
                        h3 { (item.no) " " (item.title) }
                        (shown::tags(item))
                        p class="value-only" { (item.detail) }
                        div {
                            h4 { "自己申告" }
                            p class="value-only" { (item.report.as_deref().unwrap_or("（自己申告はありません）")) }
                        }
                        input type="hidden" name=(format!("item_marks.{number}.no")) value=(item.no);
                        (Field::new(format!("item_marks.{number}.mark"), "個別評語",
                            Select::new(marks(&self.seen.item_scale)).chosen(Some(held("mark")).filter(|mark| !mark.is_empty())))
                            .error_if(self.cell_error("item_marks", number, "mark")))
                        (Field::new(format!("item_marks.{number}.finding"), "所見",
                            TextArea::new().rows(3).limit(2000).value(held("finding")))
                            .error_if(self.cell_error("item_marks", number, "finding")))
                    }
                }
            }
        }
    }

    /// The reader's own view from a second office.
    fn view(&self) -> Markup {
        let sent = self.pairs.first(MY_VIEW);
        let stored = self.seen.sheet().value("concurrent_views").as_array().into_iter().flatten();
        let mine = stored
            .filter(|row| row.get("writer").and_then(Value::as_str) == self.ask.who.person())
            .find_map(|row| row.get("view").and_then(Value::as_str));
        let held = if sent.is_empty() { mine.unwrap_or_default() } else { sent };
        let field = Field::new(MY_VIEW, "所見", TextArea::new().rows(5).limit(2000).value(held))
            .error_if(self.error("concurrent_views"))
            .render();
        form_section("併任先としての所見", Some("主たる評価者が評価の参考にします。本人には見えません。"), &[field])
    }

    fn error(&self, field: &str) -> Option<String> {
        let found: Vec<&str> = self
            .problems
            .iter()
            .filter(|problem| problem.field == field && problem.column.is_none())
            .map(|problem| problem.message.as_str())
            .collect();
        (!found.is_empty()).then(|| found.join(" "))
    }

    fn cell_error(&self, field: &str, row: usize, column: &str) -> Option<String> {
        let fits = |problem: &&Problem| {
            problem.field == field && problem.row == Some(row) && problem.column.as_deref() == Some(column)
        };
        self.problems.iter().find(fits).map(|problem| problem.message.clone())
    }

    fn summary(&self, fields: &[&str]) -> ErrorSummary {
        self.problems.iter().fold(ErrorSummary::new(), |summary, problem| {
            let message = problem.message.as_str();
            match (&problem.row, &problem.column) {
                (Some(row), Some(column)) => summary.field(&format!("{}.{row}.{column}", problem.field), message),
                _ if problem.field == "reason" || problem.field == "_reason" => summary.field("_reason", message),
                _ if fields.contains(&problem.field.as_str()) && !is_rows(&problem.field) => {
                    summary.field(&problem.field, message)
                }
                _ => summary.whole(message),
            }
        })
    }
}

fn is_rows(field: &str) -> bool {
    ["goals", "reports", "item_marks", "concurrent_views"].contains(&field)
}

/// The row of an item by its number; by its place where a draft has no numbers.
fn row_of(rows: &[RowPairs], place: usize, no: i64) -> Option<&RowPairs> {
    let wanted = no.to_string();
    rows.iter()
        .find(|row| row.get("no") == Some(&wanted))
        .or_else(|| rows.get(place).filter(|row| !row.contains_key("no")))
}

fn marks(scale: &Scale) -> Vec<Choice> {
    let choice = |mark: &super::super::super::scale::Mark| {
        let choice = Choice::new(&mark.label, &mark.label);
        if mark.meaning.is_empty() { choice } else { choice.note(&mark.meaning) }
    };
    scale.marks.iter().map(choice).collect()
}

fn row_button(field: &str, action: &str, row: usize, words: &str) -> Button {
    Button::quiet(words).small().value("_rows", format!("{field}:{action}:{row}")).for_whom(format!("{}番", row + 1))
}
