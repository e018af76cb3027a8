//! What a client may ask of us first: our abilities, kinds of resources and their attributes (RFC 7643 sections 5 to 7).

use serde_json::{Value, json};

use super::{ENTERPRISE, USER};

/// Most users of one answer.
pub const MOST: usize = 200;

/// Our abilities (RFC 7643 section 5).
pub fn abilities(base: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": { "supported": true },
        "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": 0 },
        "filter": { "supported": true, "maxResults": MOST },
        "changePassword": { "supported": false },
        "sort": { "supported": false },
        "etag": { "supported": true },
        "authenticationSchemes": [{
            "type": "oauthbearertoken", "name": "OAuth Bearer Token", "primary": true,
            "description": "役割「利用者連携」のトークンを Authorization: Bearer で送ります。",
            "specUri": "https://www.rfc-editor.org/info/rfc6750",
        }],
        "meta": { "resourceType": "ServiceProviderConfig", "location": format!("{base}/ServiceProviderConfig") },
    })
}

/// The one kind of resource (RFC 7643 section 6).
pub fn resource_type(base: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
        "id": "User", "name": "User", "endpoint": "/Users", "description": "利用者", "schema": USER,
        "schemaExtensions": [{ "schema": ENTERPRISE, "required": false }],
        "meta": { "resourceType": "ResourceType", "location": format!("{base}/ResourceTypes/User") },
    })
}

/// One attribute (RFC 7643 section 7).
fn attribute(name: &str, kind: &str, words: &str, mutability: &str, more: Value) -> Value {
    let mut attribute = json!({
        "name": name, "type": kind, "multiValued": false, "description": words, "required": false, "caseExact": false,
        "mutability": mutability, "returned": "default", "uniqueness": "none",
    });
    if let (Some(attribute), Value::Object(more)) = (attribute.as_object_mut(), more) {
        attribute.extend(more);
    }
    attribute
}

/// Both schemas.
pub fn schemas(base: &str) -> Vec<Value> {
    let only = "readOnly";
    let none = || json!({});
    let user = vec![
        attribute(
            "userName",
            "string",
            "利用者名。変えられず、使い回せません。",
            "immutable",
            json!({ "required": true, "uniqueness": "server" }),
        ),
        attribute("active", "boolean", "サインインできるか", "readWrite", none()),
        attribute("displayName", "string", "氏名。職員台帳から取ります。", only, none()),
        attribute(
            "name",
            "complex",
            "氏名。職員台帳から取ります。",
            only,
            json!({
                "subAttributes": [attribute("formatted", "string", "氏名", only, none())],
            }),
        ),
        attribute(
            "emails",
            "complex",
            "メール。職員台帳から取ります。",
            only,
            json!({
                "multiValued": true,
                "subAttributes": [
                    attribute("value", "string", "アドレス", only, none()),
                    attribute("type", "string", "種類", only, none()),
                    attribute("primary", "boolean", "主なもの", only, none()),
                ],
            }),
        ),
    ];
    let enterprise = vec![attribute(
        "employeeNumber",
        "string",
        "職員番号。職員台帳にあれば、その職員の利用者になります。",
        "readWrite",
        json!({ "caseExact": true }),
    )];
    [(USER, "User", "利用者", user), (ENTERPRISE, "EnterpriseUser", "利用者の職員番号", enterprise)]
        .into_iter()
        .map(|(id, name, words, attributes)| {
            json!({
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
                "id": id, "name": name, "description": words, "attributes": attributes,
                "meta": { "resourceType": "Schema", "location": format!("{base}/Schemas/{id}") },
            })
        })
        .collect()
}
