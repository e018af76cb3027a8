//! Reading one ledger file.

use std::rc::Rc;

use super::field::Fields;
use super::workflow::{duties, name_is_fit, workflow};
use super::{Draft, LedgerDraft, Place, Places, access, views};
use crate::definition::{
    Brought, Check, DocumentForm, Effective, FieldClass, Ledger, NoOverlap, Numbering, Settled, Unique,
};
use crate::pack::toml_text::{File, Name, Table, Value, parse};

impl Draft {
    pub(super) fn read_ledger(&mut self, file: &Rc<File>, stem: &str, pack: &str) {
        let Some(root) = parse(file, &self.problems) else {
            self.broken.push(stem.to_owned());
            return;
        };
        let problems = std::mem::take(&mut self.problems);
        let table = Table::of(&root, &problems);
        let places = Places::of(file, &root);
        let start = Place { file: file.clone(), start: 0, end: 0 };
        let Some(head) = table.table("ledger") else {
            table.raise(&start, "[ledger] がありません。", "台帳の label と area を [ledger] の下に書いてください。");
            self.problems = problems;
            self.broken.push(stem.to_owned());
            return;
        };
        let name = Name { text: stem.to_owned(), place: places.at("ledger") };
        let mut fields = Fields { ledger: stem, problems: &problems, sets: Vec::new() };
        let all = table.children("field");
        let mut read_fields = all.iter().map(|(name, table)| fields.read(name, table, None)).collect::<Vec<_>>();
        let classes = classes(&table);
        for field in &mut read_fields {
            field.encrypted |= classes.iter().any(|class| class.encrypted && class.name == field.class);
        }
        if read_fields.is_empty() {
            table.raise(
                &name.place,
                "台帳に項目がありません。",
                "[field] の下に 名前 = { label = \"…\", kind = \"text\" } を書いてください。",
            );
        }
        let sets = fields.sets;
        let (workflow, renamed_states) = workflow(&table);
        let (rules, access_from) = access::access(&table, &workflow);
        let documents = self.documents(&table, stem, pack);
        let key = head.name("key").map(|name| name.text);
        let ledger = Ledger {
            name: stem.to_owned(),
            label: head.needed("label", "台帳"),
            help: head.text("help"),
            area: head.needed("area", "台帳"),
            pack: pack.to_owned(),
            hidden: head.flag("hidden").unwrap_or(false),
            proof: head.flag("proof").unwrap_or(false),
            page: page(&head),
            gathers: head.flag("gathers").unwrap_or(false),
            asks_reason: head.flag("asks_reason").unwrap_or(false),
            title: match head.texts("title") {
                // Without a title a record is called by its first field.
                title if title.is_empty() => read_fields.first().map(|field| field.name.clone()).into_iter().collect(),
                title => title,
            },
            reading: head.name("reading").map(|name| name.text),
            unique: unique(&head, key.as_deref(), &read_fields),
            key,
            subject: head.name("subject").map(|name| name.text),
            numbering: numbering(&head),
            classes,
            indexes: indexes(&head),
            effective: effective(&head),
            no_overlap: no_overlap(&table),
            settled: settled(&table),
            checks: checks(&table),
            duties: duties(&table),
            access: rules,
            views: views::views(&table),
            documents: documents.iter().map(|document| document.name.text.clone()).collect(),
            fields: read_fields,
            workflow,
            renamed_states,
        };
        head.finish("[ledger]");
        table.finish("台帳のファイル");
        self.problems = problems;
        for document in documents {
            if self.declare("文書", &document.name) {
                self.documents.insert(document.name.text, document.form);
            }
        }
        self.choices.extend(sets.into_iter().map(|set| (set.name.clone(), set)));
        if self.declare("台帳", &name) {
            self.ledgers.insert(stem.to_owned(), LedgerDraft { ledger, places, access_from });
        }
    }

    /// `[document.name]`: label, states, and the Typst file (`forms/name.typ` unless `form` says otherwise).
    fn documents(&self, table: &Table<'_>, ledger: &str, pack: &str) -> Vec<DocumentDraft> {
        let mut drafts = Vec::new();
        for (name, document) in table.children("document") {
            name_is_fit(&document, &name);
            let path = document.name("form").map_or_else(|| format!("forms/{}.typ", name.text), |name| name.text);
            let source = match self.forms.get(&format!("{pack}/{path}")) {
                Some(form) => form.file.text.clone(),
                None => {
                    document.raise(
                        &document.place_of("form"),
                        format!("様式のファイル「{path}」がありません。"),
                        "パックのフォルダの forms/ にTypstのファイルを置いてください。",
                    );
                    String::new()
                }
            };
            let form = DocumentForm {
                name: name.text.clone(),
                label: document.needed("label", "文書"),
                ledger: ledger.to_owned(),
                source,
                states: document.texts("states"),
                brings: document.table("brings").map(|brings| self::brings(&brings)).unwrap_or_default(),
            };
            document.finish("文書");
            drafts.push(DocumentDraft { name, form });
        }
        drafts
    }
}

/// `page = "/permits/{id}"`: an address on this server with the record in it.
fn page(head: &Table<'_>) -> Option<String> {
    let page = head.name("page")?.text;
    let on_this_server = page.starts_with('/') && !page.starts_with("//") && !page.contains(['?', '#', '\\']);
    if !on_this_server || page.matches("{id}").count() != 1 {
        head.raise(
            &head.place_of("page"),
            format!("「{page}」は記録のページのアドレスではありません。"),
            "page = \"/permits/{id}\" のように、/ で始め、{id} を一つ書いてください。",
        );
    }
    Some(page)
}

/// `brings = { workers = "worker.engagement", parent = "parent" }`: fields of another ledger, or own ones.
fn brings(table: &Table<'_>) -> Vec<(String, Brought)> {
    let brought = table.free().map(|(name, item)| {
        name_is_fit(table, &name);
        let written = table.names_in(&name.text, item).into_iter().next().map(|name| name.text).unwrap_or_default();
        let brought = match written.split_once('.') {
            Some((ledger, field)) => Brought::Naming { ledger: ledger.to_owned(), field: field.to_owned() },
            None => Brought::Named { field: written },
        };
        (name.text, brought)
    });
    brought.collect()
}

struct DocumentDraft {
    name: Name,
    form: DocumentForm,
}

fn classes(table: &Table<'_>) -> Vec<FieldClass> {
    let mut classes = Vec::new();
    for (name, class) in table.children("class") {
        name_is_fit(&class, &name);
        let label = class.needed("label", "項目区分");
        classes.push(FieldClass {
            name: name.text,
            label,
            protected: class.flag("protected").unwrap_or(false),
            encrypted: class.flag("encrypted").unwrap_or(false),
        });
        class.finish("項目区分");
    }
    if !classes.iter().any(|class| class.name == "base") {
        classes.insert(0, FieldClass { name: "base".into(), label: "基本".into(), protected: false, encrypted: false });
    }
    classes
}

/// `unique = [["a", "b"], { fields = ["c"], message = "…" }]`, or `unique = "a"`. The key is unique by itself.
fn unique(head: &Table<'_>, key: Option<&str>, fields: &[crate::definition::Field]) -> Vec<Unique> {
    let label = |names: &[String]| {
        let labels =
            names.iter().map(|name| fields.iter().find(|f| &f.name == name).map_or(name.as_str(), |f| &f.label));
        format!(
            "{}が同じ記録がすでにあります。値を改めるか、今ある記録を使ってください",
            labels.collect::<Vec<_>>().join("と")
        )
    };
    let mut uniques: Vec<Unique> = Vec::new();
    let items: Vec<_> = match head.item("unique") {
        None => Vec::new(),
        Some(item) => match &item.value {
            Value::List(items) if items.iter().any(|item| !matches!(item.value, Value::Text(_))) => {
                items.iter().collect()
            }
            _ => vec![item],
        },
    };
    for item in items {
        if let Value::Table(_) = item.value {
            let one = head.of_item(item);
            let fields = one.texts("fields");
            let message = one.text("message");
            one.finish("一意の条件");
            uniques.push(Unique { message: if message.is_empty() { label(&fields) } else { message }, fields });
        } else {
            let fields: Vec<String> = head.names_in("unique", item).into_iter().map(|name| name.text).collect();
            uniques.push(Unique { message: label(&fields), fields });
        }
    }
    if let Some(key) = key
        && !uniques.iter().any(|unique| unique.fields == [key])
    {
        let fields = vec![key.to_owned()];
        uniques.insert(0, Unique { message: label(&fields), fields });
    }
    uniques
}

fn indexes(head: &Table<'_>) -> Vec<Vec<String>> {
    match head.item("indexes").map(|item| &item.value) {
        None => Vec::new(),
        Some(Value::List(items)) => items
            .iter()
            .map(|item| head.names_in("indexes", item).into_iter().map(|name| name.text).collect())
            .collect(),
        Some(_) => vec![head.texts("indexes")],
    }
}

fn numbering(head: &Table<'_>) -> Option<Numbering> {
    let table = head.table("numbering")?;
    let numbering = Numbering {
        field: table.needed("field", "番号の付け方"),
        pattern: table.needed("pattern", "番号の付け方"),
    };
    table.finish("番号の付け方");
    Some(numbering)
}

fn effective(head: &Table<'_>) -> Option<Effective> {
    let names = head.texts("effective");
    match names.as_slice() {
        [] => None,
        [from, to] => Some(Effective { from: from.clone(), to: to.clone() }),
        _ => {
            head.raise(
                &head.place_of("effective"),
                "有効期間は初日と末日の二つの項目で書きます。",
                "effective = [\"初日の項目\", \"末日の項目\"] としてください。",
            );
            None
        }
    }
}

/// `[[no_overlap]]`: whose periods these are, which records take part, and the words for an overlap.
fn no_overlap(table: &Table<'_>) -> Vec<NoOverlap> {
    let mut rules = Vec::new();
    for rule in table.tables("no_overlap") {
        let fields = rule.texts("fields");
        if fields.is_empty() {
            rule.raise(
                &rule.place,
                "期間の重なりの検査に「fields」がありません。",
                "fields = [\"person\"] のように、だれの期間かを表す項目を書いてください。",
            );
        }
        let conditions = access::conditions(&rule);
        rules.push(NoOverlap { fields, conditions, message: rule.needed("message", "期間の重なりの検査") });
        rule.finish("期間の重なりの検査");
    }
    rules
}

/// `[[settled]]`: which records must be over before which transitions.
fn settled(table: &Table<'_>) -> Vec<Settled> {
    let what = "先に終わるべき記録";
    let read = |rule: Table<'_>| {
        let one = Settled {
            transitions: rule.texts("transitions"),
            ledger: rule.needed("ledger", what),
            field: rule.needed("field", what),
            states: rule.texts("states"),
            message: rule.needed("message", what),
        };
        if one.transitions.is_empty() || one.states.is_empty() {
            rule.raise(
                &rule.place,
                "先に終わるべき記録の規則に「transitions」か「states」がありません。",
                "待つ操作と、終わった状態を書いてください。例: transitions = [\"close\"]、states = [\"returned\"]",
            );
        }
        rule.finish(what);
        one
    };
    table.tables("settled").into_iter().map(read).collect()
}

fn checks(table: &Table<'_>) -> Vec<Check> {
    let mut checks = Vec::new();
    for check in table.tables("check") {
        let expression = check.expression("holds");
        if check.item("holds").is_none() {
            check.raise(&check.place, "検査に「holds」がありません。", "holds = \"満たすべき条件\" を書いてください。");
        }
        let message = check.needed("message", "検査");
        let field = check.name("field").map(|name| name.text);
        check.finish("検査");
        if let Some(expression) = expression {
            checks.push(Check { expression, message, field });
        }
    }
    checks
}
