//! Which generation in a folder is restored: the newest one, or the newest that is not after an instant.

use std::path::{Path, PathBuf};

use backup::instant_of;
use chrono::{DateTime, Utc};

use super::RecoveryProblem;

/// A generation that was chosen by its instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// Its file.
    pub path: PathBuf,
    /// When it was made, to the second.
    pub at: DateTime<Utc>,
    /// When the generation behind it was made, where there is one.
    pub next: Option<DateTime<Utc>>,
}

/// The newest generation of a folder whose instant is not after `until`. Only files that bear the name the schedule gives
/// them count.
///
/// # Errors
/// When the folder cannot be read, or holds no such generation; the words name the oldest one.
pub fn choose(folder: &Path, until: Option<DateTime<Utc>>) -> Result<Chosen, RecoveryProblem> {
    let listed = std::fs::read_dir(folder).map_err(RecoveryProblem::file(folder))?;
    let mut found: Vec<(DateTime<Utc>, PathBuf)> = Vec::new();
    for entry in listed {
        let entry = entry.map_err(RecoveryProblem::file(folder))?;
        if let Some(at) = entry.file_name().to_str().and_then(instant_of) {
            found.push((at, entry.path()));
        }
    }
    found.sort();
    let none = |words: String| Err(RecoveryProblem::Told(words));
    let Some((oldest, _)) = found.first() else {
        return none(format!("{} に、バックアップの世代(daicho-….age)がありません。", folder.display()));
    };
    let oldest = *oldest;
    let behind = found.partition_point(|(at, _)| until.is_none_or(|until| *at <= until));
    match behind.checked_sub(1).and_then(|place| found.get(place)) {
        Some((at, path)) => Ok(Chosen { path: path.clone(), at: *at, next: found.get(behind).map(|(at, _)| *at) }),
        None => none(format!(
            "指定した時点より前の世代がありません。最も古い世代は {} のものです。それ以後の時点を指定してください。",
            calendar::format_instant(oldest)
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_generation_not_after_the_instant_is_chosen() {
        let folder = tempfile::tempdir().unwrap();
        let at = |text: &str| -> DateTime<Utc> { text.parse().unwrap() };
        let name = |text: &str| backup::file_name(at(text));
        let days = ["2026-11-20T18:00:00Z", "2026-11-21T18:00:00Z", "2026-11-22T18:00:00Z"];
        assert!(choose(folder.path(), None).unwrap_err().to_string().contains("世代(daicho-….age)がありません"));
        for day in days {
            std::fs::write(folder.path().join(name(day)), "").unwrap();
        }
        std::fs::write(folder.path().join("daicho-copy.age"), "").unwrap();
        let table = [
            (None, Some(2)),
            (Some("2026-11-30T00:00:00Z"), Some(2)),
            (Some("2026-11-22T18:00:00Z"), Some(2)),
            (Some("2026-11-22T17:59:59Z"), Some(1)),
            (Some("2026-11-20T18:00:00Z"), Some(0)),
            (Some("2026-11-20T17:59:59Z"), None),
        ];
        for (until, wanted) in table {
            let chosen = choose(folder.path(), until.map(at));
            match wanted {
                Some(wanted) => {
                    let chosen = chosen.unwrap();
                    assert_eq!(chosen.path.file_name().unwrap().to_str().unwrap(), name(days[wanted]), "{until:?}");
                    assert_eq!((chosen.at, chosen.next), (at(days[wanted]), days.get(wanted + 1).map(|day| at(day))));
                }
                None => assert!(chosen.unwrap_err().to_string().contains("2026年11月21日 3:00"), "{until:?}"),
            }
        }
    }
}
