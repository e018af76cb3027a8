//! Whatever a person wrote is shown as text: no component lets it become markup, an attribute or an address.

use chrono::{DateTime, NaiveDate};
use maud::{Markup, Render, html};
use ui::{Url, charts::*, components::*};

const HOSTILE: &str = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>&amp;";

fn everything(text: &str) -> Vec<(&'static str, Markup)> {
    let to = Url::path([text]).query(text, text).fragment(text);
    let day = NaiveDate::from_ymd_opt(2026, 3, 2).expect("a date of the calendar");
    let at = DateTime::from_timestamp(1_772_000_000, 0).expect("an instant in range");
    let choices = vec![Choice::new(text, text).note(text)];
    let frame = Frame {
        agency: text.into(),
        area: Some(text.into()),
        search: Some((to.clone(), text.into())),
        me: Some(Me { name: text.into(), profile: to.clone(), sign_out: to.clone(), lock: None }),
        nav: vec![NavGroup {
            words: text.into(),
            items: vec![NavItem { words: text.into(), to: to.clone(), current: true, count: Some(1) }],
        }],
        version: text.into(),
        seal: Some(Seal { at, intact: true, to: to.clone() }),
        help: to.clone(),
        hidden: Some((text.into(), text.into())),
        now: at,
    };
    let page = Page::new(text)
        .lead(html! { (text) })
        .under(text, to.clone())
        .action(LinkButton::download(text, to.clone()))
        .notice(Notice::error(text).text(text).details(text));
    let rows = RowTable::new(vec![(text.into(), text.into())], vec![Box::new(Text::new().value(text))])
        .row(vec![Box::new(TextArea::new().value(text))])
        .error(0, 0, text)
        .add_words(text);
    let change = |before: &str, after: &str| Change { field: text.into(), before: before.into(), after: after.into() };
    vec![
        ("page", frame.page(&page)),
        ("button", Button::danger(text).value(text, text).confirm(text).for_whom(text).render()),
        ("refused", Button::primary(text).refused(text).render()),
        ("post", PostButton::new(to.clone(), Button::quiet(text)).hidden(text, text).render()),
        ("badge", Badge::new(text, Tone::Bad).render()),
        ("summary", ErrorSummary::new().field(text, text).whole(text).render()),
        (
            "text",
            Field::new(text, text, Text::new().value(text).suggestions([text]))
                .required()
                .help(text)
                .error(text)
                .render(),
        ),
        ("number", Field::new(text, text, Number::yen().value(text).unit(text)).render()),
        ("date", Field::new(text, text, Date::new().typed(text, Some(day))).render()),
        ("period", Field::new(text, text, Period::new(Date::new().typed(text, None), Date::new())).render()),
        ("file", Field::new(text, text, File::new().accept(text).held(text, to.clone())).render()),
        ("select", Field::new(text, text, Select::new(choices.clone()).chosen(Some(text))).render()),
        ("radios", Field::new(text, text, Radios::new(choices.clone())).render()),
        ("checkboxes", Field::new(text, text, Checkboxes::new(choices)).render()),
        ("yes-no", Field::new(text, text, YesNo::new(text, true)).render()),
        ("fixed", Field::new(text, text, Fixed::new(text)).render()),
        (
            "picker",
            Field::new(
                text,
                text,
                Picker::new().value(text).search(to.clone()).offers(vec![Offer {
                    code: text.into(),
                    name: text.into(),
                    note: text.into(),
                }]),
            )
            .render(),
        ),
        ("rows", Field::new(text, text, rows).render()),
        (
            "form",
            Form::new(to.clone())
                .id(text)
                .hidden(text, text)
                .autosave(to.clone())
                .draft_saved(text)
                .body(form_section(text, Some(text), &[]))
                .render(),
        ),
        (
            "table",
            Table::new(
                text,
                vec![Column::text(text).names_row().sort(to.clone(), Some(Sorted::Ascending)), Column::number(text)],
            )
            .row(
                Row::new(vec![Cell::name(text, text, Some(&to)), Cell::two_lines(text, text)])
                    .id(text)
                    .pick(text, text),
            )
            .bulk(Bulk::new(to.clone(), text).hidden(text, text).act(text, text, text))
            .render(),
        ),
        ("filters", Filters::new().chip(text, to.clone()).form(&to, html! { (text) }).render()),
        ("tabs", Tabs::new(text).tab(text, to.clone(), true, None).render()),
        ("pager", Pager::new(Some(to.clone()), Some(to.clone())).place(text).render()),
        (
            "state",
            RecordState::new(Badge::new(text, Tone::Plain), text)
                .steps(Steps::new().step(text, StepState::Now, Some(text.into())))
                .render(),
        ),
        ("section", Section::new(text).id(text).fact(text, text).changed_fact(text, text).render()),
        ("side", SidePanel::new().block(text, None, vec![], text).render()),
        (
            "duty",
            Duty {
                of: Some(text.into()),
                words: text.into(),
                to: to.clone(),
                about: text.into(),
                deadline: Some(day),
                left: text.into(),
                urgency: Urgency::Late,
            }
            .render(),
        ),
        (
            "history",
            History::new(vec![HistoryEntry {
                who: text.into(),
                at,
                act: Some(text.into()),
                changes: vec![change(text, text), change("", text), change(text, "")],
                reason: Some(text.into()),
                proof: Some(to.clone()),
            }])
            .render(),
        ),
        ("as-of", AsOf::new(to.clone(), day, day, Some(day)).render()),
        ("empty", Empty::new(text, text).render()),
        ("progress", Progress::new(text, 1, 2, text).poll(to.clone(), to.clone()).cancel(to.clone(), None).render()),
        ("stats", Stats::new().figure(text, text, text, Some(text.into()), Some(to.clone())).render()),
        ("bar", BarChart::new(text, text, text).note(text).bar(text, 1.0).bar(text, f64::NAN).render()),
        ("dot", DotChart::new(text, text, text, text, text).note(text).line(text, 1.0, f64::INFINITY).render()),
        (
            "line",
            LineChart::new(text, text, text, vec![text.into()])
                .series(Series { label: text.into(), values: vec![Some(1.0)] })
                .render(),
        ),
        ("heat", HeatTable::new(text, text, text, vec![text.into()]).row(text, vec![1.0], vec![Some(to)]).render()),
        (
            "gantt",
            GanttChart::new(text, text, day)
                .span(Span {
                    label: text.into(),
                    from: day,
                    to: day,
                    done: 200,
                    late: true,
                    base: None,
                    critical: false,
                })
                .render(),
        ),
        (
            "distribution",
            Distribution::new(text, text, vec![text.into()], &[1]).group(text, vec![1], Some(text.into())).render(),
        ),
    ]
}

#[test]
fn hostile_text_stays_text() {
    // The same page with harmless words has the same elements: whatever the words are, they add none.
    let tags = |html: &str| html.matches('<').count();
    for ((name, hostile), (_, plain)) in everything(HOSTILE).into_iter().zip(everything("x")) {
        let hostile = hostile.into_string();
        assert!(!hostile.contains("<script>alert") && !hostile.contains("<img src=x"), "{name}: {hostile}");
        if !matches!(name, "bar" | "dot" | "line" | "heat" | "gantt" | "distribution") {
            assert_eq!(tags(&hostile), tags(&plain.into_string()), "{name}");
        }
        // A quote that came through unescaped would close an attribute and leave a bare one behind.
        assert!(!hostile.contains("\"\"'"), "{name}: {hostile}");
    }
}

#[test]
fn nothing_inline_needs_a_hole_in_the_content_security_policy() {
    for (name, html) in everything("x") {
        let html = html.into_string();
        for forbidden in [" style=", " onclick=", " onload=", "javascript:", "<style"] {
            assert!(!html.contains(forbidden), "{name} has {forbidden}");
        }
        assert!(!html.contains("NaN") && !html.contains("inf\""), "{name}: {html}");
    }
}
