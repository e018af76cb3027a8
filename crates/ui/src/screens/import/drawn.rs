//! The pages of an import.

use ledger::Problem;
use ledger::definition::{Field as LedgerField, Kind, Ledger, Required};
use ledger::import::{CellProblem, ImportReport, columns};
use ledger::port::Reader;
use ledger::read::SeenEntry;
use maud::{Markup, Render, html};

use crate::components::{Button, Cell, Column, ErrorSummary, Field, File, Form, LinkButton, Notice, Page, Row, Table};
use crate::web::{Ask, Stop};

use super::super::record::sentences;
use super::super::words::list_url;
use super::Work;

/// Bad cells with an input on the page; the file with marks has all.
const MOST_INPUTS: usize = 300;

fn page(ledger: &Ledger, title: String) -> Page {
    Page::new(title).under(ledger.label.as_str(), list_url(&ledger.name))
}

/// Handing in a file, and what it must look like.
pub fn first(ask: &Ask<'_>, ledger: &Ledger, problems: &[Problem]) -> Page {
    let error = problems.first().map(|problem| problem.message.as_str());
    let errors = problems.iter().fold(ErrorSummary::new(), |errors, problem| errors.field("file", &problem.message));
    let form = Form::new(list_url(&ledger.name).join("import"))
        .hidden("_secret", ask.secret)
        .files()
        .errors(errors)
        .body(
            Field::new("file", "取り込むファイル", File::new().accept(".xlsx,.csv,.tsv,.txt"))
                .required()
                .help("Excelブック(.xlsx)かCSV。CSVはUTF-8でもシフトJISでも読み取れます。20MBまで")
                .error_if(error),
        )
        .button(Button::primary("ファイルの内容を確かめる"))
        .button(LinkButton::secondary("やめる", list_url(&ledger.name)));
    let rows = ledger.current_fields().filter(|field| field.computed.is_none()).map(|field| {
        let names: Vec<&str> = columns::headings(field).collect();
        Row::new(vec![
            Cell::text(names.first().copied().unwrap_or_default()),
            Cell::text(if matches!(field.required, Required::Always) { "必須" } else { "" }),
            Cell::text(expected(ask, field)),
            Cell::text(names.iter().skip(1).copied().collect::<Vec<_>>().join("、")),
        ])
    });
    let heads = vec![
        Column::text("見出し").names_row(),
        Column::text("必須"),
        Column::text("書き方"),
        Column::text("ほかの見出しでも読み取れます"),
    ];
    page(ledger, format!("{}をファイルから取り込む", ledger.label)).body(html! {
        p { "ファイルを選ぶと、まず内容を確かめます。誤りがあるときは何も保存しません。" }
        (form)
        (Table::new("ファイルの列", heads).rows(rows))
    })
}

fn expected(ask: &Ask<'_>, field: &LedgerField) -> String {
    match &field.kind {
        Kind::Date => "日付(2026-03-14、令和8年3月14日、R8.3.14)".into(),
        Kind::DateTime => "日時".into(),
        Kind::Period => "期間(2026-04-01～2027-03-31)".into(),
        Kind::Integer => "整数".into(),
        Kind::Yen => "金額".into(),
        Kind::Decimal { .. } => "小数".into(),
        Kind::YesNo => "○か×".into(),
        Kind::Choice { set } | Kind::Choices { set } => {
            let set = ask.kernel.catalogue.choices.get(set);
            let labels = set.iter().flat_map(|set| &set.choices).map(|choice| choice.label.as_str()).take(10);
            labels.collect::<Vec<_>>().join("、")
        }
        Kind::Reference { ledger, .. } => {
            let target = ask.kernel.catalogue.ledger(ledger);
            let key = target.and_then(|target| target.field(target.key.as_deref()?)).map(|key| key.label.as_str());
            key.unwrap_or("番号").to_string()
        }
        _ => field.max_length.map_or("文字".into(), |most| format!("文字({most}文字まで)")),
    }
}

/// The form that every further step sends: the file, the columns, the corrections.
fn form(ask: &Ask<'_>, ledger: &Ledger, work: &Work, shown: &[&str]) -> Form {
    let mut form =
        Form::new(list_url(&ledger.name).join("import")).hidden("_secret", ask.secret).hidden("_file", &work.file);
    for (address, text) in work.corrections.iter().filter(|(address, _)| !shown.contains(&address.as_str())) {
        form = form.hidden(format!("cell.{address}"), text);
    }
    form
}

/// Which column becomes which field.
fn mapping(ledger: &Ledger, work: &Work, open: bool) -> Markup {
    let fields = columns::recognise(ledger, &work.read.incoming.headings, &work.plan.chosen);
    html! {
        details class="filter-panel" open[open] {
            summary { "列と項目の対応を変える" }
            div class="filter-fields" {
                @for (place, (heading, field)) in work.read.incoming.headings.iter().zip(&fields).enumerate() {
                    @if !heading.trim().is_empty() {
                        @let now = field.map(|field| field.name.as_str()).unwrap_or_default();
                        @let name = format!("map.{place}");
                        div class="field" {
                            label class="label" for={ "f-" (name) } { "列「" (heading) "」" }
                            select id={ "f-" (name) } name=(name) {
                                option value="" selected[now.is_empty()] { "取り込まない" }
                                @for field in ledger.current_fields().filter(|field| field.computed.is_none()) {
                                    option value=(field.name) selected[field.name == now] { (field.label) }
                                }
                            }
                        }
                    }
                }
            }
            button type="submit" class="button" name="_action" value="check" { "この対応で確かめ直す" }
        }
    }
}

fn recognised(work: &Work) -> Markup {
    html! {
        p { "「" (work.name) "」: " (work.read.recognised) }
        @if !work.read.notes.is_empty() {
            details { summary { "読み取りで気付いたこと(" (work.read.notes.len()) "件)" } ul { @for note in work.read.notes.iter().take(50) { li { (note) } } } }
        }
    }
}

/// Bad cells, to be mended in place.
pub fn wrong(ask: &Ask<'_>, ledger: &Ledger, work: &Work, report: &ImportReport) -> Page {
    let mut shown: Vec<&str> = Vec::new();
    let mut rows = Vec::new();
    for problem in report.problems.iter().take(MOST_INPUTS) {
        let first = !problem.address.is_empty() && !shown.contains(&problem.address.as_str());
        if first {
            shown.push(&problem.address);
        }
        rows.push(Row::new(vec![
            Cell::text(place(problem)),
            Cell::text(problem.column.as_str()),
            if first {
                Cell::of_markup(input(work, problem)).wrong()
            } else {
                Cell::text(problem.text.as_str()).wrong()
            },
            Cell::text(problem.message.as_str()),
        ]));
    }
    let heads = vec![
        Column::text("場所").names_row(),
        Column::text("列"),
        Column::text("値(ここで直せます)"),
        Column::text("理由と直し方"),
    ];
    let count = report.problems.len();
    let characters = report.problems.iter().any(|problem| problem.message.contains("CP932"));
    let headings = report.problems.iter().any(|problem| problem.row == 0);
    let form = form(ask, ledger, work, &shown)
        .body(html! { div class="stack" {
            (recognised(work))
            (mapping(ledger, work, headings))
            (Table::new(format!("直すところ({count}か所)"), heads).rows(rows))
            @if count > MOST_INPUTS { p { "ほかに" (count - MOST_INPUTS) "か所あります。印を付けたファイルですべてを確かめられます。" } }
            @if characters || work.plan.accept_characters { (accept(work)) }
        } })
        .button(Button::primary("直した内容で確かめ直す").value("_action", "check"))
        .button(Button::secondary("印を付けたファイルを保存する").value("_action", "corrected"))
        .button(LinkButton::secondary("別のファイルを選ぶ", list_url(&ledger.name).join("import")));
    page(ledger, format!("{}をファイルから取り込む", ledger.label))
        .notice(
            Notice::error(format!("{count}か所に誤りがあります"))
                .text("まだ何も保存していません。下の表で直すか、ファイルを直して選び直してください。"),
        )
        .body(form)
}

fn accept(work: &Work) -> Markup {
    html! {
        label class="choice" {
            input type="checkbox" name="accept" value="true" checked[work.plan.accept_characters];
            span { "連携先の文字コード(CP932)にない文字を、そのまま取り込む" small { "連携先へ渡すときに、その文字が別の表記になることがあります。" } }
        }
    }
}

fn place(problem: &CellProblem) -> String {
    match (problem.row, problem.address.as_str()) {
        (0, _) => "見出し".into(),
        (row, "") => format!("{row}行目"),
        (row, address) => format!("{row}行目 {address}"),
    }
}

fn input(work: &Work, problem: &CellProblem) -> Markup {
    let name = format!("cell.{}", problem.address);
    let text = work.corrections.iter().find(|(address, _)| *address == problem.address).map(|(_, text)| text.as_str());
    html! {
        input type="text" name=(name) value=(text.unwrap_or(&problem.text)) autocomplete="off"
            aria-label={ (problem.address) " " (problem.column) } aria-invalid="true";
    }
}

/// Everything is right: what would be stored, and the button that stores it.
pub fn ready(
    tx: &mut dyn Reader,
    ask: &Ask<'_>,
    ledger: &Ledger,
    work: &Work,
    report: &ImportReport,
    preview: &[SeenEntry],
) -> Result<Page, Stop> {
    let changes = sentences::planned(tx, ask, ledger, preview)?;
    let all = report.created + report.amended;
    let form = form(ask, ledger, work, &[]).body(html! { div class="stack" {
        (recognised(work))
        @if !report.ignored.is_empty() {
            p { "取り込まない列: " (report.ignored.join("、")) }
        }
        (mapping(ledger, work, false))
        dl class="facts" {
            div { dt { "追加する記録" } dd { (report.created) "件" } }
            div { dt { "変更する記録" } dd { (report.amended) "件" } }
            div { dt { "変更のない記録" } dd { (report.unchanged) "件" } }
        }
        @if work.plan.accept_characters { (accept(work)) }
    } });
    let form = if all > 0 {
        form.button(Button::primary(format!("{all}件を取り込む")).value("_action", "store"))
    } else {
        form
    };
    let form = form.button(LinkButton::secondary("別のファイルを選ぶ", list_url(&ledger.name).join("import")));
    let notice = if all > 0 {
        Notice::info("誤りはありません").text("まだ保存していません。内容を確かめてから取り込んでください。")
    } else {
        Notice::info("取り込む変更はありません").text("ファイルの内容は、すでにすべて登録されています。")
    };
    let shown = preview.len();
    Ok(page(ledger, format!("{}をファイルから取り込む", ledger.label)).notice(notice).body(html! {
        (form.render())
        @if shown > 0 {
            section class="section" {
                h2 { "取り込むと起きること" @if all > shown { "(はじめの" (shown) "件)" } }
                (changes)
            }
        }
    }))
}
