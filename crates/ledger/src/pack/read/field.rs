//! Reading fields.

use super::{IDENTIFIER_MEND, RESERVED, choice_set, is_identifier};
use crate::definition::{ChoiceSet, Field, Kind, Required};
use crate::pack::near::nearest;
use crate::pack::toml_text::{Name, Problems, Table, Value};

const KINDS: [&str; 17] = [
    "text",
    "long_text",
    "integer",
    "decimal",
    "yen",
    "date",
    "datetime",
    "period",
    "yes_no",
    "choice",
    "choices",
    "person",
    "organisation",
    "post",
    "reference",
    "rows",
    "attachment",
];

/// Reads fields of one ledger; choice sets written in them are gathered in `sets`.
pub(super) struct Fields<'t> {
    pub ledger: &'t str,
    pub problems: &'t Problems,
    pub sets: Vec<ChoiceSet>,
}

impl<'t> Fields<'t> {
    /// One field. `row` is the field of rows whose column this is.
    pub fn read(&mut self, name: &Name, table: &Table<'t>, row: Option<&str>) -> Field {
        let what = if row.is_some() { "列" } else { "項目" };
        if !is_identifier(&name.text) {
            table.raise(&name.place, format!("「{}」は識別名に使えません。", name.text), IDENTIFIER_MEND);
        } else if RESERVED.contains(&name.text.as_str()) {
            table.raise(
                &name.place,
                format!("「{}」は決まった意味を持つ名前で、{what}名に使えません。", name.text),
                format!("「{}_{}」など別の名前にしてください。", self.ledger, name.text),
            );
        }
        let retired = table.flag("retired").unwrap_or(false);
        let label = table.needed("label", what);
        let kind = self.kind(name, table, row);
        let long = matches!(kind, Kind::Text | Kind::LongText);
        let field = Field {
            name: name.text.clone(),
            label,
            help: table.text("help"),
            class: table.name("class").map_or_else(|| "base".into(), |name| name.text),
            required: required(table),
            default: table.expression("default"),
            computed: table.expression("computed"),
            max_length: self.length(table, long),
            min: table.integer("min"),
            max: table.integer("max"),
            aliases: table.texts("aliases"),
            was: table.texts("was"),
            retired,
            searchable: table.flag("searchable").unwrap_or(long),
            cp932: table.flag("cp932").unwrap_or(false),
            plain: table.flag("plain").unwrap_or(false),
            code: table.flag("code").unwrap_or(false),
            encrypted: table.flag("encrypted").unwrap_or(false),
            named: self.named(table, &kind),
            kind,
        };
        self.limits(&field, table, row.is_some());
        table.finish(what);
        field
    }

    fn named(&self, table: &Table<'t>, kind: &Kind) -> bool {
        let named = table.flag("named").unwrap_or(false);
        if named && !matches!(kind, Kind::Reference { .. }) {
            table.raise(
                &table.place_of("named"),
                "「named」は、ほかの記録を選ぶ項目だけに書けます。",
                "この行を消すか、kind を person、organisation、post、reference のいずれかにしてください。",
            );
        }
        named
    }

    fn length(&self, table: &Table<'t>, long: bool) -> Option<usize> {
        let length = table.integer("max_length")?;
        let found = usize::try_from(length).ok().filter(|length| (1..=100_000).contains(length));
        if found.is_none() {
            table.raise(
                &table.place_of("max_length"),
                "「max_length」が範囲の外です。",
                "1から100000までの文字数を書いてください。",
            );
        }
        if !long {
            table.raise(
                &table.place_of("max_length"),
                "「max_length」は文字の項目だけに書けます。",
                "この行を消すか、kind を text か long_text にしてください。",
            );
        }
        found
    }

    fn limits(&self, field: &Field, table: &Table<'t>, column: bool) {
        let number = matches!(field.kind, Kind::Integer | Kind::Decimal { .. } | Kind::Yen);
        for key in ["min", "max"] {
            if !number && (key == "min" && field.min.is_some() || key == "max" && field.max.is_some()) {
                table.raise(
                    &table.place_of(key),
                    format!("「{key}」は数の項目だけに書けます。"),
                    "この行を消すか、kind を integer、decimal、yen のいずれかにしてください。",
                );
            }
        }
        if let (Some(min), Some(max)) = (field.min, field.max)
            && min > max
        {
            table.raise(
                &table.place_of("min"),
                "「min」が「max」より大きくなっています。",
                "二つの値を入れ替えてください。",
            );
        }
        if field.plain && !matches!(field.kind, Kind::Integer) {
            table.raise(&table.place_of("plain"), "「plain」は整数の項目だけに書けます。", "この行を消してください。");
        }
        if field.cp932 && !matches!(field.kind, Kind::Text | Kind::LongText) {
            table.raise(&table.place_of("cp932"), "「cp932」は文字の項目だけに書けます。", "この行を消してください。");
        }
        if field.computed.is_some() && (field.default.is_some() || !matches!(field.required, Required::Never)) {
            table.raise(
                &table.place_of("computed"),
                "計算項目には「default」と「required」を書けません。",
                "どちらかを消してください。値はいつも式で決まります。",
            );
        }
        if column {
            for (key, written) in [
                ("default", field.default.is_some()),
                ("computed", field.computed.is_some()),
                ("required", matches!(field.required, Required::When(_))),
                ("class", field.class != "base"),
                ("encrypted", field.encrypted),
            ] {
                if written {
                    table.raise(
                        &table.place_of(key),
                        format!("表の列には「{key}」の式や区分を書けません。"),
                        "列では required = true か false だけを使い、条件は [[check]] に書いてください。",
                    );
                }
            }
        }
    }

    fn kind(&mut self, name: &Name, table: &Table<'t>, row: Option<&str>) -> Kind {
        let many = table.flag("many");
        let ledger = table.name("ledger");
        let scale = table.integer("scale");
        let choices = table.item("choices");
        let columns = table.item("columns");
        let Some(kind) = table.name("kind") else {
            if table.item("kind").is_none() {
                table.raise(
                    &name.place,
                    format!("項目「{}」に「kind」（種類）がありません。", name.text),
                    format!("kind = \"text\" などを書いてください。使えるのは {} です。", KINDS.join("、")),
                );
            }
            return Kind::Text;
        };
        let word = kind.text.as_str();
        let refers = ["person", "organisation", "post", "reference"].contains(&word);
        for (key, written, fits) in [
            ("many", many.is_some(), refers),
            ("ledger", ledger.is_some(), word == "reference"),
            ("scale", scale.is_some(), word == "decimal"),
            ("choices", choices.is_some(), word == "choice" || word == "choices"),
            ("columns", columns.is_some(), word == "rows"),
        ] {
            if written && !fits {
                table.raise(
                    &table.place_of(key),
                    format!("「{key}」は kind = \"{word}\" の項目には書けません。"),
                    "この行を消すか、kind を改めてください。",
                );
            }
        }
        let many = many.unwrap_or(false);
        match word {
            "text" => Kind::Text,
            "long_text" => Kind::LongText,
            "integer" => Kind::Integer,
            "yen" => Kind::Yen,
            "date" => Kind::Date,
            "datetime" => Kind::DateTime,
            "period" => Kind::Period,
            "yes_no" => Kind::YesNo,
            "attachment" if row.is_none() => Kind::Attachment,
            "person" | "organisation" | "post" => Kind::Reference { ledger: word.to_owned(), many },
            "decimal" => {
                let written = scale.unwrap_or(2);
                let scale = u32::try_from(written).ok().filter(|scale| (1..=10).contains(scale));
                if scale.is_none() {
                    table.raise(
                        &table.place_of("scale"),
                        "「scale」が範囲の外です。",
                        "小数の桁数を1から10で書いてください。整数なら kind = \"integer\" です。",
                    );
                }
                Kind::Decimal { scale: scale.unwrap_or(2) }
            }
            "reference" => match ledger {
                Some(ledger) => Kind::Reference { ledger: ledger.text, many },
                None => {
                    table.raise(&kind.place, "参照先の台帳がありません。", "ledger = \"台帳名\" を書いてください。");
                    Kind::Text
                }
            },
            "choice" | "choices" => {
                let own = match row {
                    Some(row) => format!("{}.{row}.{}", self.ledger, name.text),
                    None => format!("{}.{}", self.ledger, name.text),
                };
                let set = match choices.map(|item| &item.value) {
                    Some(Value::Text(set)) => set.clone(),
                    Some(_) => {
                        if let Some(item) = choices {
                            self.sets.push(choice_set(&own, item, self.problems));
                        }
                        own
                    }
                    None => {
                        table.raise(
                            &kind.place,
                            "選択肢がありません。",
                            "choices = { a = \"甲\", b = \"乙\" } か choices = \"選択肢の名前\" を書いてください。",
                        );
                        own
                    }
                };
                if word == "choice" { Kind::Choice { set } } else { Kind::Choices { set } }
            }
            "rows" if row.is_none() => self.rows(name, table, &kind),
            "rows" | "attachment" => {
                table.raise(
                    &kind.place,
                    format!("表の列に kind = \"{word}\" は使えません。"),
                    "別の台帳にして参照するか、項目に分けてください。",
                );
                Kind::Text
            }
            _ => {
                let mend = match nearest(word, KINDS) {
                    Some(near) => format!("「{near}」ではありませんか。"),
                    None => format!("使えるのは {} です。", KINDS.join("、")),
                };
                table.raise(&kind.place, format!("「{word}」という種類はありません。"), mend);
                Kind::Text
            }
        }
    }

    fn rows(&mut self, name: &Name, table: &Table<'t>, kind: &Name) -> Kind {
        let columns: Vec<Field> = table
            .children("columns")
            .iter()
            .map(|(column, table)| self.read(column, table, Some(&name.text)))
            .collect();
        if columns.is_empty() {
            table.raise(
                &kind.place,
                "表に列がありません。",
                "columns = { 列名 = { label = \"…\", kind = \"text\" } } を書いてください。",
            );
        }
        Kind::Rows { columns }
    }
}

/// `required = true`, or an expression.
fn required(table: &Table<'_>) -> Required {
    match table.item("required").map(|item| &item.value) {
        None | Some(Value::Flag(false)) => Required::Never,
        Some(Value::Flag(true)) => Required::Always,
        Some(_) => table.expression("required").map_or(Required::Never, Required::When),
    }
}
