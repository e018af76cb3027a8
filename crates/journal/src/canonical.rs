//! Canonical bytes: the same JSON value always gives the same bytes, so a hash of them means something.

use serde_json::Value;
use sha2::{Digest, Sha256};

/// JSON with the keys of every object sorted by their UTF-8 bytes and no white space.
///
/// This follows RFC 8785 for the values Daicho writes: entries hold strings, integers, booleans, nulls, lists and
/// objects only. A decimal is a string, so the number rules of that RFC never come into play.
pub fn canonical_bytes(value: &Value) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    write_value(value, &mut out);
    out
}

/// The leaf hash of RFC 6962 section 2.1: SHA-256 over a zero byte and the entry's canonical bytes.
pub fn leaf_hash(bytes: &[u8]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update([0u8]);
    hasher.update(bytes);
    hasher.finalize().into()
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

    #[test]
    fn the_empty_leaf_has_the_hash_of_rfc_6962() {
        // The known value for a leaf of no bytes, published with certificate transparency test vectors.
        assert_eq!(hex::encode(leaf_hash(b"")), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    }
}
