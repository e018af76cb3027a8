//! Canonical bytes: the same JSON value always gives the same bytes, so a hash of them means something.

use serde_json::Value;

/// JSON with the keys of every object sorted by their UTF-8 bytes and no white space.
///
/// This follows RFC 8785 for the values Daicho writes: entries hold strings, integers, booleans, nulls, lists and
/// objects only. A decimal is a string, so the number rules of that RFC never come into play.
pub fn canonical_bytes(value: &Value) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    write_value(value, &mut out);
    out
}

fn write_value(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort_unstable();
            out.push(b'{');
            for (i, key) in keys.into_iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                write_scalar(&Value::String(key.clone()), out);
                out.push(b':');
                write_value(map.get(key).unwrap_or(&Value::Null), out);
            }
            out.push(b'}');
        }
        Value::Array(items) => {
            out.push(b'[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                write_value(item, out);
            }
            out.push(b']');
        }
        scalar => write_scalar(scalar, out),
    }
}

fn write_scalar(value: &Value, out: &mut Vec<u8>) {
    out.extend_from_slice(value.to_string().as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn keys_are_sorted_at_every_depth_and_text_is_kept() {
        let value = json!({"b": [1, {"z": null, "a": "葛\u{E0100}"}], "a": true});
        let text = String::from_utf8(canonical_bytes(&value)).unwrap();
        assert_eq!(text, "{\"a\":true,\"b\":[1,{\"a\":\"葛\u{E0100}\",\"z\":null}]}");
    }
}
