use std::path::Path;

use super::*;
use crate::definition::{Holder, Kind, Required, Scope};

mod guide;
mod mistakes;
mod terms;

fn packs() -> Vec<PackSource> {
    read_folders(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs")).expect("the packs of the repository")
}

fn lines(problems: &[PackProblem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// A part of a sample, what stands in its place, where the mistake is (a part of its line), the words and the mend.
type Mistake = (&'static str, &'static str, &'static str, &'static str, &'static str);

/// Each mistake is named at its line of the file with the mend. `with` gives the packs with the sample as it is now.
fn each_is_named(sample: &str, file: &str, mistakes: &[Mistake], with: impl Fn(&str) -> Vec<PackSource>) {
    let mut failures = Vec::new();
    for (written, instead, at, message, mend) in mistakes {
        assert!(sample.contains(written), "not in the sample: {written}");
        let text = sample.replacen(written, instead, 1);
        // What is missing altogether is named at the first line.
        let line = text.lines().position(|line| line.contains(at)).map_or(1, |line| line + 1);
        let problems = load(&with(&text)).err().unwrap_or_default();
        let found = problems.iter().any(|problem| {
            problem.file == file
                && problem.line == line
                && problem.message.contains(message)
                && problem.mend.contains(mend)
        });
        if !found {
            failures.push(format!("{instead} at line {line}:\n  {}", lines(&problems).replace('\n', "\n  ")));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn the_core_pack_declares_what_imports_and_sign_in_rely_on() {
    let core: Vec<PackSource> = packs().into_iter().filter(|pack| pack.name == "core").collect();
    assert_eq!(core.len(), 1);
    let catalogue = match load(&core) {
        Ok(catalogue) => catalogue,
        Err(problems) => panic!("{}", lines(&problems)),
    };
    // Headings of the four workbooks that an installation begins with.
    for (ledger, headings) in [
        ("organisation", ["コード", "名称", "上位組織コード", "種別", "有効開始日", "有効終了日"].as_slice()),
        ("post", ["コード", "名称", "組織コード", "職制段階", "定員"].as_slice()),
        ("person", ["職員番号", "氏名", "氏名カナ", "生年月日", "採用年月日", "メール"].as_slice()),
        ("assignment", ["職員番号", "官職コード", "発令日", "終了日", "種別"].as_slice()),
    ] {
        let ledger = catalogue.ledger(ledger).expect("declared");
        let known = |field: &crate::definition::Field, heading: &str| {
            crate::import::columns::headings(field).any(|known| known == heading)
        };
        for heading in headings {
            assert!(ledger.fields.iter().any(|field| known(field, heading)), "{} {heading}", ledger.name);
        }
        // Every other field may be left out of a file.
        for field in ledger.fields.iter().filter(|field| !headings.iter().any(|heading| known(field, heading))) {
            assert!(!matches!(field.required, Required::Always), "{} {}", ledger.name, field.name);
        }
    }
    for (ledger, fields) in [
        ("account", ["login", "person"].as_slice()),
        ("role_grant", ["account", "role", "organisation", "valid_from", "valid_to"].as_slice()),
        ("closed_day", ["date", "kind", "label"].as_slice()),
    ] {
        let ledger = catalogue.ledger(ledger).expect("declared");
        for field in fields {
            assert!(ledger.field(field).is_some(), "{} {field}", ledger.name);
        }
        assert_eq!(ledger.workflow.initial, "active");
    }
    assert!(
        catalogue.choices.get("roles").is_some_and(|set| set.choices.iter().any(|choice| choice.code == "personnel"))
    );
    // What belongs to the person alone is not of the class that everybody reads.
    let person = catalogue.ledger("person").expect("declared");
    let everyone = person.access.iter().filter(|rule| rule.role == "everyone" && rule.scope == Scope::All);
    for rule in everyone {
        assert!(!rule.read.contains("private") && !rule.read.contains("career"));
    }
    assert_eq!(person.field("birth_date").map(|field| field.class.as_str()), Some("private"));
}

#[test]
fn all_packs_of_the_repository_load_together() {
    if let Err(problems) = load(&packs()) {
        panic!("{}", lines(&problems));
    }
}

#[test]
fn everything_that_can_be_defined_can_be_written() {
    let ledger = r#"
[ledger]
label = "見本"
help = "見本です。"
area = "sample"
hidden = true
title = ["number", "owner"]
reading = "note"
key = "number"
numbering = { field = "number", pattern = "見-{year}-{sequence:3}" }
unique = [["owner", "at"], { fields = ["note"], message = "同じ備考です。" }]
indexes = [["state", "at"], ["owner"]]
effective = ["at", "until"]

[class.secret]
label = "秘密"
protected = true

[field]
number = { label = "番号", kind = "text" }
owner = { label = "担当", kind = "person", required = true }
watchers = { label = "関係者", kind = "person", many = true }
office = { label = "組織", kind = "organisation" }
old = { label = "昔の項目", kind = "text", retired = true }
at = { label = "日", kind = "date", required = "state == 'open'" }
until = { label = "終わり", kind = "date", aliases = ["終了"], was = ["end"] }
share = { label = "率", kind = "decimal", scale = 3, min = 0, max = 1, class = "secret" }
lines = { label = "明細", kind = "rows", columns = { what = { label = "品", kind = "text", required = true }, price = { label = "額", kind = "yen" } } }
total = { label = "合計", kind = "yen", computed = "sum(lines.map(l, l.price))" }
note = { label = "備考", kind = "long_text", max_length = 300, searchable = false, cp932 = true, help = "短く。" }
status = { label = "区分", kind = "choice", choices = { a = "甲", b = { label = "乙", from = "2022-10-01", to = "2027-03-31" } }, default = "'a'" }

[state]
open = { label = "受付", tone = "active", hidden = ["until"], next = "審査します。" }
review = { label = "審査", required = ["at"] }
done = { label = "済", tone = "done", was = ["finished"] }
refused = { label = "却下", tone = "stopped" }

[transition.submit]
label = "出す"
from = "open"
to = [{ state = "done", when = "total < 1000" }, "review"]
main = true
confirm = "出しますか。"

[transition.decide]
label = "決める"
from = ["review"]
to = "done"
required = ["at"]
fields = ["note"]
comment = true
guard = "total > 0"
message = "額がありません。"
set = { until = "today" }
not_by = ["create", "submit", "person:owner"]

[transition.return]
label = "戻す"
from = "review"
to = "open"
forgets = ["submit"]

[transition.refuse]
label = "却下する"
from = "review"
to = "refused"

[duty.decide]
label = "審査する"
states = ["review"]
when = "total > 0"
holder = "role:clerk:office"
due = "3 business days after at"
remind = [-1, 0, 3]
escalate = "chief"

[[check]]
holds = "empty(until) || at <= until"
message = "終わりが先です。"
field = "until"

[[no_overlap]]
fields = ["owner"]
where = { status = "a" }
message = "重なっています。"

[list]
columns = ["number", "owner", "state"]
more = ["total", "recorded_at"]
filters = ["status", "watchers"]
groups = ["status"]
sort = ["-at", "number"]

[view.mine]
label = "自分の"
where = { owner = "@me", state = ["open", "review"] }

[[section]]
label = "基本"
help = "初めに書きます。"
fields = ["number", "owner"]

[document.paper]
label = "見本の紙"
states = ["done"]

[[access]]
role = ["clerk", "chief"]
scope = "office:office"
except = ["owner"]
states = ["open", "review"]
where = { status = "a" }
read = ["base", "secret"]
write = "*"
can = ["create", "export", "import", "history"]
transitions = "*"
documents = "*"

[[access]]
role = "everyone"
scope = "person:owner,watchers"
read = "base"
"#;
    let head = "label = '見本'\nversion = '1'\n[area]\nsample = { label = '見本', order = 3 }\n[role]\n\
                clerk = { label = '係', help = '見本' }\nchief = { label = '長', help = '見本' }";
    let plain = "[ledger]\nlabel = '見本'\narea = 'sample'\n[field]\nname = { label = '名', kind = 'text' }\n\
                 [[access]]\nrole = 'everyone'\nread = '*'";
    let files = [
        ("pack.toml", head),
        ("case.toml", ledger),
        ("person.toml", plain),
        ("organisation.toml", plain),
        ("forms/paper.typ", "= 見本"),
    ];
    let files = files.map(|(path, text)| (path.to_owned(), text.to_owned())).to_vec();
    let catalogue = match load(&[PackSource { name: "sample".into(), files }]) {
        Ok(catalogue) => catalogue,
        Err(problems) => panic!("{}", lines(&problems)),
    };
    let case = catalogue.ledger("case").expect("declared");
    let field = |name: &str| case.field(name).unwrap_or_else(|| panic!("field {name}"));
    assert_eq!(
        (case.label.as_str(), case.hidden, case.title.len(), case.reading.as_deref()),
        ("見本", true, 2, Some("note"))
    );
    assert_eq!(case.numbering.as_ref().map(|numbering| numbering.pattern.as_str()), Some("見-{year}-{sequence:3}"));
    let uniques: Vec<String> = case.unique.iter().map(|unique| unique.fields.join("+")).collect();
    assert_eq!(uniques, ["number", "owner+at", "note"]);
    assert_eq!(case.indexes, [vec!["state", "at"], vec!["owner"]]);
    assert_eq!(case.effective.as_ref().map(|effective| effective.to.as_str()), Some("until"));
    assert!(case.classes.iter().any(|class| class.name == "secret" && class.protected));
    assert!(matches!(&field("owner").kind, Kind::Reference { ledger, many: false } if ledger == "person"));
    assert!(matches!(&field("watchers").kind, Kind::Reference { many: true, .. }));
    assert!(matches!(&field("share").kind, Kind::Decimal { scale: 3 }));
    assert!(matches!(&field("lines").kind, Kind::Rows { columns } if columns.len() == 2));
    assert!(matches!(&field("at").required, Required::When(when) if when.source() == "state == 'open'"));
    assert_eq!((field("share").min, field("share").max, field("share").class.as_str()), (Some(0), Some(1), "secret"));
    assert_eq!(
        (field("until").aliases.as_slice(), field("until").was.as_slice()),
        (["終了".to_owned()].as_slice(), ["end".to_owned()].as_slice())
    );
    assert!(field("old").retired && field("note").cp932 && !field("note").searchable && field("number").searchable);
    assert_eq!((field("note").max_length, field("note").help.as_str()), (Some(300), "短く。"));
    assert_eq!(field("total").computed.as_ref().map(|computed| computed.source()), Some("sum(lines.map(l, l.price))"));
    let set = catalogue.choices.get("case.status").expect("an own set");
    assert_eq!(set.choices.get(1).and_then(|choice| choice.to).map(|to| to.to_string()).as_deref(), Some("2027-03-31"));

    let workflow = &case.workflow;
    assert_eq!(workflow.initial, "open");
    assert_eq!(workflow.states.iter().map(|state| state.closed).collect::<Vec<_>>(), [false, false, true, true]);
    assert_eq!(case.renamed_states.get("finished").map(String::as_str), Some("done"));
    let submit = workflow.transition("submit").expect("declared");
    assert!(submit.main && !submit.confirm.is_empty());
    assert!(submit.to.iter().map(|to| (to.state.as_str(), to.when.is_some())).eq([("done", true), ("review", false)]));
    let decide = workflow.transition("decide").expect("declared");
    assert_eq!(
        (decide.not_by_actor_of.len(), decide.not_by_person_in.as_slice()),
        (2, ["owner".to_owned()].as_slice())
    );
    assert!(decide.comment_required && decide.guard.is_some() && decide.set.len() == 1);
    assert_eq!(workflow.transition("return").expect("declared").forgets, ["submit"]);

    let duty = case.duties.first().expect("declared");
    assert_eq!(duty.holder, Holder::Role { role: "clerk".into(), office: Some("office".into()) });
    assert_eq!(duty.due.as_ref().map(ToString::to_string).as_deref(), Some("3 business days after at"));
    assert_eq!((duty.remind.as_slice(), duty.escalate.as_deref()), ([-1, 0, 3].as_slice(), Some("chief")));
    assert_eq!(
        (case.checks.len(), case.no_overlap.len(), case.documents.as_slice()),
        (1, 1, ["paper".to_owned()].as_slice())
    );

    assert_eq!(case.access.iter().map(|rule| rule.role.as_str()).collect::<Vec<_>>(), ["clerk", "chief", "everyone"]);
    let clerk = case.access.first().expect("declared");
    assert_eq!(clerk.scope, Scope::Office { field: "office".into() });
    assert!(
        clerk.read.contains("secret")
            && clerk.write.all
            && clerk.create
            && clerk.import
            && clerk.export
            && clerk.history
    );
    assert_eq!((clerk.transitions.len(), clerk.conditions.len(), clerk.states.len()), (4, 1, 2));
    assert_eq!(clerk.except, ["owner"]);

    let shown: Vec<&str> = case.views.columns.iter().filter(|c| c.shown).map(|c| c.field.as_str()).collect();
    assert_eq!(shown, ["number", "owner", "state"]);
    assert!(
        case.views.sort.iter().map(|sort| (sort.field.as_str(), sort.descending)).eq([("at", true), ("number", false)])
    );
    assert_eq!(case.views.saved.first().map(|view| view.conditions.len()), Some(2));
    assert_eq!(case.views.sections.first().map(|section| section.help.as_str()), Some("初めに書きます。"));
    assert_eq!(catalogue.documents.get("paper").map(|form| form.source.as_str()), Some("= 見本"));
    assert_eq!(catalogue.areas.first().map(|area| area.order), Some(3));
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn no_damage_to_a_pack_makes_the_reader_fail(at in 0.0..1.0f64, cut in 0usize..40, put in "\\PC{0,12}") {
            let mut source = super::mistakes::sample();
            let text = &mut source.files[1].1;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place within the text")]
            let mut start = (text.len() as f64 * at) as usize;
            while !text.is_char_boundary(start) { start -= 1; }
            let mut end = (start + cut).min(text.len());
            while !text.is_char_boundary(end) { end += 1; }
            text.replace_range(start..end, &put);
            if let Err(problems) = load(&[source]) {
                prop_assert!(problems.iter().all(|problem| problem.line >= 1 && !problem.mend.is_empty()));
            }
        }
    }
}
