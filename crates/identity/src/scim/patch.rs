//! Changes of a user: by a whole new representation (PUT) and by operations (PATCH, RFC 7644 section 3.5.2).

use serde_json::Value;

use super::filter::{Filter, Path, member};
use super::{ENTERPRISE, Wrong};

/// Schema of a patch.
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
/// Most operations of one request.
const MOST: usize = 100;

/// What a client asks for. A field is `None` where it says nothing of it; texts are `Some(None)` where it takes the value
/// away.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// `userName`; only at creation may it be anything new.
    pub user_name: Option<String>,
    /// `externalId`.
    pub external_id: Option<Option<String>>,
    /// `active`.
    pub active: Option<bool>,
    /// `employeeNumber` of the extension.
    pub employee_number: Option<Option<String>>,
}

impl Wanted {
    /// A whole representation. What it leaves out is taken away where `whole` (PUT); `active` stays as it is.
    ///
    /// # Errors
    /// `invalidSyntax` when it is no object, `invalidValue` when a value is of the wrong kind.
    pub fn of_resource(resource: &Value, whole: bool) -> Result<Self, Wrong> {
        if !resource.is_object() {
            return Err(Wrong::new("invalidSyntax", "本文はJSONのオブジェクトにしてください。"));
        }
        let mut wanted = Self::default();
        if whole {
            (wanted.external_id, wanted.employee_number) = (Some(None), Some(None));
        }
        wanted.take_all(resource)?;
        Ok(wanted)
    }

    /// The operations of a patch.
    ///
    /// # Errors
    /// Those of RFC 7644 table 9: `invalidSyntax`, `invalidPath`, `invalidValue`, `noTarget`, `mutability`.
    pub fn of_patch(body: &Value) -> Result<Self, Wrong> {
        let schemas = member(body, "schemas").and_then(Value::as_array).cloned().unwrap_or_default();
        if !schemas.iter().any(|schema| schema == PATCH) {
            return Err(Wrong::new("invalidSyntax", format!("schemasに {PATCH} が要ります。")));
        }
        let operations = member(body, "Operations").and_then(Value::as_array);
        let operations = operations.ok_or_else(|| Wrong::new("invalidSyntax", "Operationsがありません。"))?;
        if operations.is_empty() || operations.len() > MOST {
            return Err(Wrong::new("invalidSyntax", format!("Operationsは1個以上{MOST}個までです。")));
        }
        let mut wanted = Self::default();
        for operation in operations {
            wanted.operate(operation)?;
        }
        Ok(wanted)
    }

    fn operate(&mut self, operation: &Value) -> Result<(), Wrong> {
        // Some clients write `Add` and `Replace`.
        let op = member(operation, "op").and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
        let path = member(operation, "path").and_then(Value::as_str);
        let value = member(operation, "value");
        match (op.as_str(), path, value) {
            ("add" | "replace", None, Some(value)) if value.is_object() => self.take_all(value),
            ("add" | "replace", Some(path), Some(value)) => self.take(path, value),
            ("add" | "replace", _, _) => Err(Wrong::new("invalidValue", "valueがないか、形が違います。")),
            ("remove", Some(path), _) => self.take(path, &Value::Null),
            ("remove", None, _) => Err(Wrong::new("noTarget", "removeにはpathが要ります。")),
            _ => Err(Wrong::new("invalidSyntax", "opは add、replace、remove のどれかです。")),
        }
    }

    /// All members of an object: attributes, with or without their schema.
    fn take_all(&mut self, values: &Value) -> Result<(), Wrong> {
        for (name, value) in values.as_object().into_iter().flatten() {
            if name.eq_ignore_ascii_case(ENTERPRISE) {
                for (name, value) in value.as_object().into_iter().flatten() {
                    self.set(&Path { enterprise: true, ..Path::read(name)? }, value, true)?;
                }
            } else if !name.eq_ignore_ascii_case("schemas") {
                self.set(&Path::read(name)?, value, true)?;
            }
        }
        Ok(())
    }

    /// One path. A path into elements (`emails[type eq "work"].value`) is of what we do not keep, but must be one.
    fn take(&mut self, path: &str, value: &Value) -> Result<(), Wrong> {
        if path.eq_ignore_ascii_case(ENTERPRISE) && value.is_null() {
            self.employee_number = Some(None);
            return Ok(());
        }
        if path.eq_ignore_ascii_case(ENTERPRISE) && value.is_object() {
            let whole = serde_json::json!({ ENTERPRISE: value });
            return self.take_all(&whole);
        }
        if let Some((name, rest)) = path.split_once('[') {
            let (filter, _) =
                rest.rsplit_once(']').ok_or_else(|| Wrong::new("invalidPath", "pathの括弧が合いません。"))?;
            Filter::read(filter).map_err(|wrong| Wrong::new("invalidPath", wrong.detail))?;
            return self.set(&Path::read(name)?, value, false);
        }
        self.set(&Path::read(path)?, value, false)
    }

    /// Set one attribute. What we tell but do not take is passed over in a representation (RFC 7644 section 3.5.1) and
    /// refused when it is named by a path.
    fn set(&mut self, path: &Path, value: &Value, passing: bool) -> Result<(), Wrong> {
        match (path.enterprise, path.name.as_str()) {
            (false, "username") => {
                let name = text("userName", value)?;
                self.user_name = Some(name.ok_or_else(|| Wrong::new("mutability", "userNameは消せません。"))?);
            }
            (false, "externalid") => self.external_id = Some(text("externalId", value)?),
            // Taken away it is what it is for a new user.
            (false, "active") => self.active = Some(value.is_null() || flag(value)?),
            (true, "employeenumber") => self.employee_number = Some(text("employeeNumber", value)?),
            _ if passing => {}
            (false, "id" | "meta" | "groups" | "displayname" | "name" | "emails" | "schemas") => {
                let words = format!("{}は変えられません。氏名とメールは職員台帳から取ります。", path.name);
                return Err(Wrong::new("mutability", words));
            }
            _ => return Err(Wrong::new("invalidPath", format!("{}という属性はありません。", path.name))),
        }
        Ok(())
    }
}

/// A text; none where it is empty or taken away.
fn text(name: &str, value: &Value) -> Result<Option<String>, Wrong> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.trim().to_string()).filter(|text| !text.is_empty())),
        _ => Err(Wrong::new("invalidValue", format!("{name}は文字列にしてください。"))),
    }
}

/// A truth value; some clients send it as text.
fn flag(value: &Value) -> Result<bool, Wrong> {
    match value {
        Value::Bool(flag) => Ok(*flag),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Ok(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Ok(false),
        _ => Err(Wrong::new("invalidValue", "activeは true か false にしてください。")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn patch(operations: Value) -> Result<Wanted, &'static str> {
        Wanted::of_patch(&json!({ "schemas": [PATCH], "Operations": operations })).map_err(|wrong| wrong.kind)
    }

    #[test]
    fn operations_of_the_standard_and_of_clients_in_the_field() {
        let active = |active| Wanted { active: Some(active), ..Wanted::default() };
        let number =
            |number: Option<&str>| Wanted { employee_number: Some(number.map(String::from)), ..Wanted::default() };
        for (operations, wanted) in [
            (json!([{ "op": "replace", "path": "active", "value": false }]), Ok(active(false))),
            // As Entra ID sends it.
            (json!([{ "op": "Replace", "path": "active", "value": "False" }]), Ok(active(false))),
            // As Okta sends it.
            (json!([{ "op": "replace", "value": { "active": true } }]), Ok(active(true))),
            (
                json!([{ "op": "add", "path": format!("{ENTERPRISE}:employeeNumber"), "value": "26001" }]),
                Ok(number(Some("26001"))),
            ),
            (
                json!([{ "op": "add", "value": { ENTERPRISE: { "employeeNumber": "26001" } } }]),
                Ok(number(Some("26001"))),
            ),
            (
                json!([{ "op": "replace", "path": ENTERPRISE, "value": { "employeeNumber": "26001" } }]),
                Ok(number(Some("26001"))),
            ),
            (json!([{ "op": "remove", "path": format!("{ENTERPRISE}:employeeNumber") }]), Ok(number(None))),
            (json!([{ "op": "remove", "path": ENTERPRISE }]), Ok(number(None))),
            (json!([{ "op": "remove", "path": "active" }]), Ok(active(true))),
            (json!([{ "op": "replace", "value": { "displayName": "x", "active": false } }]), Ok(active(false))),
            (json!([{ "op": "replace", "path": "displayName", "value": "x" }]), Err("mutability")),
            (json!([{ "op": "replace", "path": "id", "value": "x" }]), Err("mutability")),
            (json!([{ "op": "add", "path": "emails[type eq \"work\"].value", "value": "x" }]), Err("mutability")),
            (json!([{ "op": "add", "path": "emails[type eq", "value": "x" }]), Err("invalidPath")),
            (json!([{ "op": "add", "path": "nickName", "value": "x" }]), Err("invalidPath")),
            (json!([{ "op": "add", "path": "a b", "value": "x" }]), Err("invalidPath")),
            (json!([{ "op": "replace", "path": "active", "value": "maybe" }]), Err("invalidValue")),
            (json!([{ "op": "replace", "path": "active" }]), Err("invalidValue")),
            (json!([{ "op": "remove" }]), Err("noTarget")),
            (json!([{ "op": "remove", "path": "userName" }]), Err("mutability")),
            (json!([{ "op": "move", "path": "active" }]), Err("invalidSyntax")),
            (json!([]), Err("invalidSyntax")),
            (json!("x"), Err("invalidSyntax")),
        ] {
            assert_eq!(patch(operations.clone()), wanted, "{operations}");
        }
        assert!(Wanted::of_patch(&json!({ "Operations": [{ "op": "remove", "path": "externalId" }] })).is_err());
    }
}
