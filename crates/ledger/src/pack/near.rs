//! The nearest known word to one that is not known.

/// The known word nearest to `word`, when it is near enough to be a slip of the pen.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let letters: Vec<char> = word.chars().take(64).collect();
    // One slip in three letters, at most three. A word of one or two letters may mean anything.
    let allowed = (letters.len() / 3).min(3);
    known
        .into_iter()
        .map(|candidate| {
            // Half a name is a slip too: `due` for `due_on`.
            if letters.len() >= 3 && candidate.split_once('_').is_some_and(|(first, _)| first == word) {
                return (1, candidate);
            }
            (distance(&letters, &candidate.chars().collect::<Vec<_>>()), candidate)
        })
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Insertions, deletions, replacements and swaps of neighbours between two words (optimal string alignment).
fn distance(one: &[char], two: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=two.len()).collect();
    let mut above: Option<char> = None;
    for (row, a) in one.iter().enumerate() {
        let mut current = vec![row + 1];
        let mut left: Option<char> = None;
        for (column, b) in two.iter().enumerate() {
            let cell = |line: &[usize], index: usize| line.get(index).copied().unwrap_or(usize::MAX / 2);
            let replaced = cell(&last, column) + usize::from(a != b);
            let mut best = replaced.min(cell(&last, column + 1) + 1).min(cell(&current, column) + 1);
            if column > 0 && above == Some(*b) && left == Some(*a) {
                best = best.min(cell(&before, column - 1) + 1);
            }
            current.push(best);
            left = Some(*b);
        }
        before = std::mem::replace(&mut last, current);
        above = Some(*a);
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn slips_of_the_pen_are_recognised_and_other_words_are_not() {
        let known = ["label", "required", "transition", "organisation", "due_on", "a"];
        for (written, meant) in [
            ("lable", Some("label")),
            ("requierd", Some("required")),
            ("transitions", Some("transition")),
            ("organization", Some("organisation")),
            ("due", Some("due_on")),
            ("b", None),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest(written, known), meant, "{written}");
        }
    }
}
