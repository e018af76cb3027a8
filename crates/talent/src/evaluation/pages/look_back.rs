//! 過去の評語: the last two ability and four performance marks of people side by side across the change of scale, as a
//! list, as a list of candidates for 昇任・昇格・昇給 with the data used, and as a file.
//!
//! Which marks a decision asks for is set by each agency's own rules; the page therefore takes them as conditions and
//! says on the list and in the file which were used.

use document::write::{
    Column as FileColumn, CsvOptions, Kind as Shown, Sheet, Value as Put, Workbook, write_csv, write_xlsx,
};
use journal::act::EXPORT;
use ledger::access::Access;
use ledger::evidence::readings;
use ledger::port::{Reader, Writer};
use ledger::query::Filter;
use ledger::read::subtree;
use ledger::{Problem, Refusal};
use maud::{Markup, html};
use serde_json::json;
use ui::components::{
    Cell, Choice, Column, Empty, Field, Filters, LinkButton, ListHead, Narrow, Notice, Page, Pager, Row, Select, Table,
};
use ui::screens::{given_reason, reason_page};
use ui::web::{Ask, Reply, Stop};
use ui::{Icon, Url};

use super::super::look_back::{ABILITY, LookBack, PERFORMANCE, PastMark, look_back};
use super::super::names::RANKS;
use super::super::names::ledger_name::SHEET;
use super::super::staffing::{Holding, Staffing};
use super::{address, shown};

/// People on a page.
const PAGE: usize = 50;

/// What the list is asked for.
#[derive(Debug, Clone, Default)]
struct Asked {
    office: Option<String>,
    rank: Option<String>,
    purpose: Option<String>,
    /// Lowest ability mark allowed, as a share of its scale.
    ability: Level,
    /// Lowest performance mark allowed.
    performance: Level,
    /// All marks looked back at must be there.
    complete: bool,
}

/// How good a mark must be, across scales of different length: one of the upper so-many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Level {
    /// Any mark.
    #[default]
    Any,
    /// 優良 of six marks, B of five: at most the third.
    Third,
    /// 良好 of six marks, B of five: not among the lowest two.
    NotLowTwo,
    /// Not the lowest.
    NotLowest,
}

impl Level {
    const ALL: [(&'static str, &'static str, Level); 4] = [
        ("any", "条件なし", Level::Any),
        ("third", "すべて上から3番目以上（6段階では優良以上）", Level::Third),
        ("middle", "すべて下から3番目以上（6段階では良好以上）", Level::NotLowTwo),
        ("not_lowest", "すべて最下位でない", Level::NotLowest),
    ];

    fn read(text: Option<&str>) -> Self {
        Self::ALL.iter().find(|(code, _, _)| Some(*code) == text).map_or(Self::Any, |(_, _, level)| *level)
    }

    fn code(self) -> &'static str {
        Self::ALL.iter().find(|(_, _, level)| *level == self).map_or("any", |(code, _, _)| code)
    }

    fn words(self) -> &'static str {
        Self::ALL.iter().find(|(_, _, level)| *level == self).map_or("", |(_, words, _)| words)
    }

    fn holds(self, mark: &PastMark) -> bool {
        let of = i64::try_from(mark.of).unwrap_or_default();
        // A mark of an unknown scale has no place and satisfies no condition.
        let placed = mark.order >= 1 && mark.order <= of;
        match self {
            Level::Any => true,
            Level::Third => placed && mark.order <= 3,
            Level::NotLowTwo => placed && mark.order <= of - 2,
            Level::NotLowest => placed && mark.order < of,
        }
    }
}

const PURPOSES: [(&str, &str); 3] = [("post", "昇任"), ("grade", "昇格"), ("step", "昇給")];

impl Asked {
    fn read(ask: &Ask<'_>) -> Self {
        let given = |name: &str| ask.query(name).map(str::trim).filter(|text| !text.is_empty()).map(String::from);
        Self {
            office: given("office"),
            rank: given("rank"),
            purpose: given("purpose").filter(|purpose| PURPOSES.iter().any(|(code, _)| code == purpose)),
            ability: Level::read(ask.query("ability")),
            performance: Level::read(ask.query("performance")),
            complete: ask.query("complete") == Some("true"),
        }
    }

    fn url(&self, base: Url) -> Url {
        let level = |level: Level| (level != Level::Any).then(|| level.code());
        base.query_if("office", self.office.as_deref())
            .query_if("rank", self.rank.as_deref())
            .query_if("purpose", self.purpose.as_deref())
            .query_if("ability", level(self.ability))
            .query_if("performance", level(self.performance))
            .query_if("complete", self.complete.then_some("true"))
    }

    fn narrows(&self) -> bool {
        self.ability != Level::Any || self.performance != Level::Any || self.complete
    }

    fn fits(&self, back: &LookBack) -> bool {
        let whole = back.ability.len() == ABILITY && back.performance.len() == PERFORMANCE;
        // Where marks are asked for, somebody without any is no candidate.
        let all = |level: Level, marks: &[PastMark]| {
            level == Level::Any || (!marks.is_empty() && marks.iter().all(|mark| level.holds(mark)))
        };
        (!self.complete || whole) && all(self.ability, &back.ability) && all(self.performance, &back.performance)
    }

    fn purpose_words(&self) -> &'static str {
        PURPOSES.iter().find(|(code, _)| Some(*code) == self.purpose.as_deref()).map_or("", |(_, words)| words)
    }
}

/// One person with their post and marks.
struct Line {
    number: String,
    name: String,
    office: String,
    post: String,
    rank: String,
    back: LookBack,
}

/// Whoever may take results together: whoever may export sheets.
fn permitted(ask: &Ask<'_>) -> Result<(), Refusal> {
    let ledger = ask.kernel.ledger(SHEET)?;
    match Access::new(&ledger, ask.who).exportable() {
        Filter::Nothing => Err(Refusal::Denied("過去の評語をまとめて見る権限がありません。".into())),
        _ => Ok(()),
    }
}

/// The people asked for, and how many there are in all. Where no mark narrows the list, the marks of those on the page
/// are enough.
fn lines(
    tx: &mut dyn Reader,
    ask: &Ask<'_>,
    asked: &Asked,
    staffing: &Staffing,
    page: Option<usize>,
) -> Result<(usize, Vec<Line>), Refusal> {
    let offices = match &asked.office {
        Some(office) => Some(subtree::under(tx, office)?),
        None => None,
    };
    let fits = |holding: &&Holding| {
        let Some(post) = staffing.posts.get(&holding.post) else { return false };
        offices.as_ref().is_none_or(|offices| offices.contains(&post.organisation))
            && asked.rank.as_ref().is_none_or(|rank| post.rank == *rank)
    };
    let mut staff: Vec<&Holding> = staffing.staff().into_iter().filter(fits).collect();
    let all = staff.len();
    if let Some(from) = page.filter(|_| !asked.narrows()) {
        staff = staff.into_iter().skip(from).take(PAGE).collect();
    }
    let people: Vec<String> = staff.iter().map(|holding| holding.person.clone()).collect();
    let backs = look_back(tx, ask.kernel, ask.who, &people)?;
    let line = |(holding, back): (&Holding, LookBack)| {
        let member = staffing.people.get(&holding.person);
        let post = staffing.posts.get(&holding.post);
        Line {
            number: member.map(|member| member.number.clone()).unwrap_or_default(),
            name: staffing.name(&holding.person).to_string(),
            office: post.map(|post| staffing.office_name(&post.organisation).to_string()).unwrap_or_default(),
            post: staffing.post_name(&holding.post).to_string(),
            rank: post.map(|post| shown::choice(ask.kernel, RANKS, &post.rank)).unwrap_or_default(),
            back,
        }
    };
    let found: Vec<Line> = staff.into_iter().zip(backs).filter(|(_, back)| asked.fits(back)).map(line).collect();
    match page.filter(|_| asked.narrows()) {
        Some(from) => Ok((found.len(), found.into_iter().skip(from).take(PAGE).collect())),
        None => Ok((all, found)),
    }
}

/// The page.
pub fn page(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<Reply, Stop> {
    permitted(ask)?;
    let asked = Asked::read(ask);
    let staffing = Staffing::load(tx, ask.kernel, ask.kernel.today())?;
    let from: usize = ask.query("from").and_then(|from| from.parse().ok()).unwrap_or_default();
    let (total, lines) = lines(tx, ask, &asked, &staffing, Some(from))?;
    shown::marks_seen(ask, &*ask.kernel.ledger(SHEET)?, lines.iter().flat_map(|line| marks(&line.back)).flatten());
    let here = asked.url(address::look_back());
    let link = |from: usize| here.clone().query("from", from);
    let previous = (from > 0).then(|| link(from.saturating_sub(PAGE)));
    let next = (from + PAGE < total).then(|| link(from + PAGE));
    let mut columns = vec![Column::text("氏名").names_row(), Column::text("組織と官職")];
    columns.extend(headings().into_iter().map(Column::text));
    let rows = lines.iter().map(|line| {
        let mut cells = vec![
            Cell::two_lines(&line.name, &line.number),
            Cell::two_lines(&line.office, &format!("{}（{}）", line.post, line.rank)),
        ];
        cells.extend(marks(&line.back).into_iter().map(|mark| match mark {
            None => Cell::empty(),
            Some(mark) => Cell::of_markup(html! {
                a href=(address::sheet(&mark.sheet)) { (mark.label) span class="visually-hidden" { "（" (line.name) "、" (mark.round_name) "）" } }
                @if let Some(first) = ui::screens::words::day(&mark.starts_on) { span class="second" { (shown::month_text(first)) "から" } }
            }),
        }));
        Row::new(cells)
    });
    let title = if asked.narrows() || asked.purpose.is_some() {
        format!("{}の候補者の一覧", Some(asked.purpose_words()).filter(|words| !words.is_empty()).unwrap_or("人事"))
    } else {
        "過去の評語".to_string()
    };
    let empty = Empty::new("条件に当たる職員はいません", "条件を緩めると、当たる職員が並びます。");
    let table = Table::new(title.as_str(), columns).hide_caption().narrow(Narrow::Scroll).rows(rows).empty(empty);
    let file = |format: &str| asked.url(address::look_back_file()).query("format", format);
    let asks = ask.kernel.ledger(SHEET)?.asks_reason;
    let save = |words: &str, format: &str| match asks {
        true => LinkButton::secondary(words, file(format)).icon(Icon::Download),
        false => LinkButton::download(words, file(format)),
    };
    let head =
        ListHead::words(format!("{total}人")).tool(save("XLSXで保存する", "xlsx")).tool(save("CSVで保存する", "csv"));
    let place = format!("{}人目から{}人目まで", from + 1, (from + PAGE).min(total));
    let mut page = Page::new(title).under("人事評価", address::entrance());
    if asked.narrows() {
        page = page.notice(
            Notice::info("この一覧は判断の材料です")
                .text(conditions(ask, &asked, &staffing).join("、"))
                .text("昇任・昇格・昇給は、この資料のほかに懲戒、勤務の状況、定員などを合わせて決めます。"),
        );
    }
    let body = html! { div class="stack" {
        (filters(ask, &asked, &staffing))
        (head)
        (table)
        (Pager::new(previous, next).place(place))
    } };
    Ok(Reply::page(page.body(body)))
}

/// Headings of the six marks.
fn headings() -> Vec<String> {
    let ability = (1..=ABILITY).map(|nth| format!("能力{nth}回前"));
    let performance = (1..=PERFORMANCE).map(|nth| format!("業績{nth}回前"));
    ability.chain(performance).collect()
}

/// The six marks, newest first, ability before performance.
fn marks(back: &LookBack) -> Vec<Option<&PastMark>> {
    let ability = (0..ABILITY).map(|nth| back.ability.get(nth));
    let performance = (0..PERFORMANCE).map(|nth| back.performance.get(nth));
    ability.chain(performance).collect()
}

/// The conditions in words.
fn conditions(ask: &Ask<'_>, asked: &Asked, staffing: &Staffing) -> Vec<String> {
    let mut words = Vec::new();
    if asked.purpose.is_some() {
        words.push(format!("目的: {}", asked.purpose_words()));
    }
    if let Some(office) = &asked.office {
        words.push(format!("組織: {}以下", staffing.office_name(office)));
    }
    if let Some(rank) = &asked.rank {
        words.push(format!("職制段階: {}", shown::choice(ask.kernel, RANKS, rank)));
    }
    for (name, level) in [("能力評価", asked.ability), ("業績評価", asked.performance)] {
        if level != Level::Any {
            words.push(format!("{name}: {}", level.words()));
        }
    }
    if asked.complete {
        words.push("能力2回と業績4回がすべてそろう".into());
    }
    words.push(format!("在職の基準日: {}", calendar::format_era(staffing.day)));
    words
}

fn filters(ask: &Ask<'_>, asked: &Asked, staffing: &Staffing) -> Markup {
    let here = asked.url(address::look_back());
    let mut shown_filters = Filters::new().clear(address::look_back()).open(!asked.narrows() && asked.office.is_none());
    for (name, words) in [
        ("purpose", asked.purpose.as_ref().map(|_| format!("目的: {}", asked.purpose_words()))),
        ("office", asked.office.as_ref().map(|office| format!("組織: {}以下", staffing.office_name(office)))),
        ("rank", asked.rank.as_ref().map(|rank| format!("職制段階: {}", shown::choice(ask.kernel, RANKS, rank)))),
        ("ability", (asked.ability != Level::Any).then(|| format!("能力評価: {}", asked.ability.words()))),
        ("performance", (asked.performance != Level::Any).then(|| format!("業績評価: {}", asked.performance.words()))),
        ("complete", asked.complete.then(|| "すべてそろう".to_string())),
    ] {
        if let Some(words) = words {
            shown_filters = shown_filters.chip(words, here.without(name));
        }
    }
    let mut offices: Vec<(&String, &super::super::staffing::Office)> = staffing.offices.iter().collect();
    offices.sort_by(|one, two| one.1.code.cmp(&two.1.code));
    let offices = offices.into_iter().map(|(id, office)| Choice::new(id, format!("{} {}", office.code, office.name)));
    let ranks = ask.kernel.catalogue.choices.get(RANKS);
    let ranks =
        ranks.map(|set| set.choices.iter().map(|c| Choice::new(&c.code, &c.label)).collect()).unwrap_or_default();
    let levels = |chosen: Level| {
        let choices = Level::ALL.iter().map(|(code, words, _)| Choice::new(*code, *words)).collect();
        Select::new(choices).empty(None).chosen(Some(chosen.code()))
    };
    let all = || Some("すべて".to_string());
    let yes_no = vec![Choice::new("", "問わない"), Choice::new("true", "能力2回と業績4回がすべてそろう")];
    let fields = html! {
        (Field::new("purpose", "目的", Select::new(PURPOSES.iter().map(|(code, words)| Choice::new(*code, *words)).collect())
            .empty(Some("定めない".into())).chosen(asked.purpose.as_deref())))
        (Field::new("office", "組織（下の組織を含む）", Select::new(offices.collect()).empty(all()).chosen(asked.office.as_deref())))
        (Field::new("rank", "職制段階", Select::new(ranks).empty(all()).chosen(asked.rank.as_deref())))
        (Field::new("ability", "能力評価", levels(asked.ability)))
        (Field::new("performance", "業績評価", levels(asked.performance)))
        (Field::new("complete", "評価の有無", Select::new(yes_no).empty(None).chosen(Some(if asked.complete { "true" } else { "" }))))
    };
    html! { (shown_filters.form(&address::look_back(), fields)) }
}

/// The list as a file; that it was taken out is written down.
pub fn file(tx: &mut dyn Writer, ask: &Ask<'_>) -> Result<Reply, Stop> {
    permitted(ask)?;
    let asked = Asked::read(ask);
    let staffing = Staffing::load(tx, ask.kernel, ask.kernel.today())?;
    let reason = given_reason(ask.query("reason"));
    if reason.is_none() && ask.kernel.ledger(SHEET)?.asks_reason {
        let help = "職員の過去の評語をファイルとして取り出します。";
        let back = asked.url(address::look_back());
        let page = reason_page("取り出す理由", help, &address::look_back_file(), &ask.query, back.clone(), None);
        return Ok(Reply::page(page.under("過去の評語", back)));
    }
    let (_, found) = lines(tx, ask, &asked, &staffing, None)?;
    let told = conditions(ask, &asked, &staffing);
    let xlsx = ask.query("format") != Some("csv");
    let mut facts = serde_json::Map::new();
    facts.insert("format".into(), if xlsx { "xlsx" } else { "csv" }.into());
    facts.insert("classes".into(), json!(["result"]));
    facts.insert("people".into(), found.len().into());
    facts.insert("conditions".into(), json!(told));
    let sheets: Vec<String> =
        found.iter().flat_map(|line| marks(&line.back)).flatten().map(|mark| mark.sheet.clone()).collect();
    for entry in readings(ask.kernel, ask.who, EXPORT, SHEET, facts, &sheets, reason.as_deref()) {
        tx.append(&entry)?;
    }
    let mut columns: Vec<FileColumn> = ["職員番号", "氏名", "組織", "官職", "職制段階"]
        .into_iter()
        .map(|name| FileColumn::new(name, Shown::Text))
        .collect();
    for heading in headings() {
        for part in ["", "の順位", "の段階数", "の評価期"] {
            let kind = if matches!(part, "の順位" | "の段階数") { Shown::Integer } else { Shown::Text };
            columns.push(FileColumn::new(format!("{heading}{part}"), kind));
        }
    }
    let rows = found.iter().map(|line| {
        let mut row: Vec<Put> =
            [&line.number, &line.name, &line.office, &line.post, &line.rank].into_iter().map(Put::text).collect();
        for mark in marks(&line.back) {
            match mark {
                None => row.extend([Put::Blank, Put::Blank, Put::Blank, Put::Blank]),
                Some(mark) => row.extend([
                    Put::text(mark.label.as_str()),
                    Put::Integer(mark.order),
                    Put::Integer(i64::try_from(mark.of).unwrap_or_default()),
                    Put::text(mark.round_name.as_str()),
                ]),
            }
        }
        row.into_iter().map(Into::into).collect()
    });
    let mut sheet = Sheet::new("過去の評語", columns, rows).titled("過去の評語");
    sheet.notes = told.clone();
    let wrong = |problem: document::write::WriteProblem| {
        Stop::Refusal(Refusal::invalid(Problem::record(format!("ファイルを作れませんでした。{problem}"))))
    };
    let (name, media_type, content) = if xlsx {
        let created = calendar::jst::wall_clock(ask.kernel.now());
        let workbook =
            Workbook { title: "過去の評語".into(), author: ask.who.name.clone(), created, sheets: vec![sheet] };
        let media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
        ("過去の評語.xlsx", media_type, write_xlsx(workbook).map_err(wrong)?)
    } else {
        ("過去の評語.csv", "text/csv; charset=utf-8", write_csv(sheet, &CsvOptions::default()).map_err(wrong)?.bytes)
    };
    Ok(Reply::File { name: name.into(), media_type: media_type.into(), content, inline: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(order: i64, of: usize) -> PastMark {
        PastMark {
            sheet: "s".into(),
            round: "r".into(),
            round_name: String::new(),
            starts_on: String::new(),
            ends_on: String::new(),
            label: String::new(),
            order,
            of,
            scale: String::new(),
        }
    }

    #[test]
    fn a_level_means_the_same_words_on_scales_of_five_and_six() {
        // Order and length of the scale, and whether the mark satisfies: third from above, third from below, not lowest.
        let table = [
            (3, 6, [true, true, true]),   // 優良
            (4, 6, [false, true, true]),  // 良好
            (5, 6, [false, false, true]), // やや不十分
            (6, 6, [false, false, false]),
            (3, 5, [true, true, true]),   // B
            (4, 5, [false, false, true]), // C
            (5, 5, [false, false, false]),
            // A mark that its scale does not know.
            (0, 6, [false, false, false]),
            (1, 0, [false, false, false]),
        ];
        for (order, of, wanted) in table {
            let found = [Level::Third, Level::NotLowTwo, Level::NotLowest].map(|level| level.holds(&mark(order, of)));
            assert_eq!(found, wanted, "{order} of {of}");
            assert!(Level::Any.holds(&mark(order, of)));
        }
    }

    #[test]
    fn somebody_without_marks_is_no_candidate_where_marks_are_asked_for() {
        let none = LookBack::default();
        assert!(Asked::default().fits(&none));
        assert!(!Asked { performance: Level::NotLowest, ..Asked::default() }.fits(&none));
        let one = LookBack { performance: vec![mark(1, 6)], ..LookBack::default() };
        assert!(Asked { performance: Level::NotLowest, ..Asked::default() }.fits(&one));
        assert!(!Asked { complete: true, ..Asked::default() }.fits(&one));
    }
}
