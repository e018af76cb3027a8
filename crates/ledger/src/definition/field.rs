//! Fields (項目) and the kinds of value they hold.

use crate::expression::Expression;

/// The kind of value a field holds, and how that value is written in a record's JSON body.
#[derive(Debug, Clone)]
pub enum Kind {
    /// One line of text: a string.
    Text,
    /// Several lines of text: a string.
    LongText,
    /// Whole number: a JSON integer.
    Integer,
    /// Decimal with a fixed number of digits after the point: a string such as `"12.50"`, never a float.
    Decimal {
        /// Digits after the point.
        scale: u32,
    },
    /// Whole yen: a JSON integer.
    Yen,
    /// Calendar day: a string `2026-03-14`.
    Date,
    /// Instant: a string in UTC, `2026-03-14T01:02:03Z`.
    DateTime,
    /// Two days, first and last included: an object with `from` and `to` (either may be null).
    Period,
    /// Yes or no: a JSON boolean.
    YesNo,
    /// One of a choice set: the code as a string.
    Choice {
        /// Name of the choice set.
        set: String,
    },
    /// Several of a choice set: a list of codes.
    Choices {
        /// Name of the choice set.
        set: String,
    },
    /// Another record: its identifier as a string; a list of identifiers where `many`.
    /// `kind = "person"`, `"organisation"` and `"post"` in a pack are short for this.
    Reference {
        /// Name of the ledger referred to.
        ledger: String,
        /// Several records instead of one.
        many: bool,
    },
    /// A table of rows: a list of objects with the columns' values.
    Rows {
        /// Columns; themselves fields of any kind but rows and attachments.
        columns: Vec<Field>,
    },
    /// Attached files: a list of objects `{id, name, media_type, size, sha256}`.
    Attachment,
}

/// When a field must have a value.
#[derive(Debug, Clone, Default)]
pub enum Required {
    /// It may stay empty.
    #[default]
    Never,
    /// It must always have a value.
    Always,
    /// It must have a value when the expression is true.
    When(Expression),
}

/// One field of a ledger, or one column of a field of kind [`Kind::Rows`].
#[derive(Debug, Clone)]
pub struct Field {
    /// Identifier: the key in the record's body.
    pub name: String,
    /// Japanese label.
    pub label: String,
    /// Help below the label of a form.
    pub help: String,
    /// Kind of value.
    pub kind: Kind,
    /// Class (項目区分) that access rules speak of. Columns of rows take the class of their field.
    pub class: String,
    /// When a value is demanded.
    pub required: Required,
    /// Value given at creation when the person gives none.
    pub default: Option<Expression>,
    /// Expression that always gives the value; such a field cannot be written.
    pub computed: Option<Expression>,
    /// Largest number of characters, as people count them.
    pub max_length: Option<usize>,
    /// Smallest and largest number allowed.
    pub min: Option<i64>,
    /// See `min`.
    pub max: Option<i64>,
    /// Other headings under which an import recognises this field, beside the label and the name.
    pub aliases: Vec<String>,
    /// Former names of this field; values in old records are read from there.
    pub was: Vec<String>,
    /// No longer asked for; shown in records that have a value.
    pub retired: bool,
    /// Whether its text is found by search.
    pub searchable: bool,
    /// Connected systems hold this text in CP932: an import names characters that are outside it and takes them only
    /// when a person has said so. What is stored is never changed.
    pub cp932: bool,
    /// The number names something and counts nothing (a year): it is shown without separators.
    pub plain: bool,
    /// The value is for machines, an identifier or a rule as it is written in a pack: forms, imports and exports have it,
    /// pages, history and paper do not.
    pub code: bool,
    /// The value is stored locked under the key of the person it is about. Equality, emptiness and search are all that
    /// can be asked of it; order, ranges and groups are not.
    pub encrypted: bool,
    /// Whoever reads this reference also reads the title of what it names, though the record itself may be closed to
    /// them: a contractor sees who supervises the contract, not the staff ledger.
    pub named: bool,
}

impl Field {
    /// The ledger this field refers to, when it is a reference.
    pub fn target(&self) -> Option<&str> {
        match &self.kind {
            Kind::Reference { ledger, .. } => Some(ledger),
            _ => None,
        }
    }

    /// Whether its records can be found by the value when it is encrypted: a token of the value is kept beside them. Long
    /// texts and what holds several values are found by search only.
    pub fn has_token(&self) -> bool {
        self.encrypted
            && !matches!(
                self.kind,
                Kind::LongText
                    | Kind::Period
                    | Kind::Rows { .. }
                    | Kind::Attachment
                    | Kind::Reference { .. }
                    | Kind::Choices { .. }
            )
    }
}
