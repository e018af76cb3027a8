//! What surrounds every chart: caption, drawing with title and description, table of its figures.

use maud::{Markup, Render, html};

use crate::components::Table;

/// Width of a drawing in its own units; the page scales it.
pub(super) const WIDTH: f64 = 720.0;

/// Puts a drawing into its frame. `id` must be unique on the page.
pub(super) fn figure(id: &str, title: &str, note: &str, height: f64, drawing: &Markup, table: &Table) -> Markup {
    let title_id = format!("{id}-title");
    let note_id = format!("{id}-note");
    html! {
        figure class="chart" id=(id) {
            figcaption { (title) }
            @if !note.is_empty() { p class="chart-note" { (note) } }
            // A drawing wider than a phone scrolls; it must be reachable by keyboard.
            div class="chart-scroll" tabindex="0" role="group" aria-label={ (title) "の図" } {
                svg viewBox={ "0 0 " (number(WIDTH)) " " (number(height)) } role="img"
                    aria-labelledby={ (title_id) " " (note_id) } {
                    title id=(title_id) { (title) }
                    desc id=(note_id) { (note) " 数値は図の下の表にあります。" }
                    (drawing)
                }
            }
            details data-print { summary { "表で見る" } (table.render()) }
        }
    }
}

/// A coordinate with one decimal at most.
pub(super) fn number(value: f64) -> String {
    let rounded = (value * 10.0).round() / 10.0;
    if rounded == 0.0 { "0".to_owned() } else { rounded.to_string() }
}

/// A value in words: digits grouped, at most one decimal.
pub(super) fn value_text(value: f64, unit: &str) -> String {
    if !value.is_finite() {
        return String::new();
    }
    let tenths = (value * 10.0).round();
    let whole = (tenths / 10.0).trunc();
    let rest = (tenths - whole * 10.0).abs();
    // Charts draw counts and shares, far below the limits of i64.
    let mut out = crate::figures::grouped(whole as i64);
    if rest > 0.0 {
        if value < 0.0 && whole == 0.0 {
            out.insert(0, '−');
        }
        out.push('.');
        out.push_str(&rest.to_string());
    }
    out.push_str(unit);
    out
}

/// The width that words take at 13 units a full-width character.
pub(super) fn text_width(words: &str) -> f64 {
    words.chars().map(|c| if c.is_ascii() { 7.3 } else { 13.0 }).sum()
}

/// Words cut so that they fit, with an ellipsis; the table keeps them whole.
pub(super) fn fitted(words: &str, width: f64) -> String {
    if text_width(words) <= width {
        return words.to_owned();
    }
    let mut out = String::new();
    for c in words.chars() {
        if text_width(&out) + 26.0 > width {
            break;
        }
        out.push(c);
    }
    out.push('…');
    out
}

/// A text element.
pub(super) fn text(x: f64, y: f64, anchor: &str, class: &str, words: &str) -> Markup {
    html! { text x=(number(x)) y=(number(y)) text-anchor=(anchor) class=(class) { (words) } }
}

/// A line from one point to another.
pub(super) fn rule(x1: f64, y1: f64, x2: f64, y2: f64, class: &str) -> Markup {
    html! { line x1=(number(x1)) y1=(number(y1)) x2=(number(x2)) y2=(number(y2)) class=(class) {} }
}

/// A rectangle; a negative size is drawn as nothing.
pub(super) fn area(x: f64, y: f64, width: f64, height: f64, class: &str) -> Markup {
    html! { rect x=(number(x)) y=(number(y)) width=(number(width.max(0.0))) height=(number(height.max(0.0))) class=(class) {} }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_for_people() {
        let cases = [
            (0.0, "0件"),
            (1234.0, "1,234件"),
            (12.34, "12.3件"),
            (12.96, "13件"),
            (-0.5, "−0.5件"),
            (-1234.5, "−1,234.5件"),
            (f64::NAN, ""),
        ];
        for (value, wanted) in cases {
            assert_eq!(value_text(value, "件"), wanted);
        }
    }

    #[test]
    fn long_words_are_cut_to_fit() {
        assert_eq!(fitted("第1課", 100.0), "第1課");
        let cut = fitted("情報システム最適化推進室", 100.0);
        assert!(cut.ends_with('…') && text_width(&cut) <= 100.0);
    }
}
