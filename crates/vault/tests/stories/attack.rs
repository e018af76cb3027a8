//! What somebody may try who can write to the database.

use ledger::port::{INSTALLATION, Protection, ProtectionProblem};
use proptest::prelude::*;

use crate::{Place, on_each_database};

const PLACE: &str = "person/01J/birth_date";

#[test]
fn equal_values_are_equal_texts_and_nothing_else_is() {
    on_each_database(|place| {
        let vault = place.open().unwrap();
        let text = vault.lock("01J", PLACE, b"1980-04-01").unwrap();
        assert_eq!(vault.lock("01J", PLACE, b"1980-04-01").unwrap(), text);
        assert_eq!(
            place.open().unwrap().lock("01J", PLACE, b"1980-04-01").unwrap(),
            text,
            "another node, the same key"
        );
        for (holder, place, clear) in [
            ("01K", PLACE, "1980-04-01"),
            ("01J", "person/01J/birth_datf", "1980-04-01"),
            ("01J", PLACE, "1980-04-02"),
            // Place and value are not simply joined: a letter that moves from one to the other changes the text.
            ("01J", "person/01J/birth_date1", "980-04-01"),
        ] {
            let other = vault.lock(holder, place, clear.as_bytes()).unwrap();
            assert_ne!(other.rsplit_once(':').unwrap().1.get(..16), text.rsplit_once(':').unwrap().1.get(..16));
        }
    });
}

#[test]
fn short_values_do_not_show_by_their_length() {
    let place = Place::new();
    let vault = place.open().unwrap();
    let lengths: Vec<usize> = ["", "有", "無し", "五文字の値"]
        .iter()
        .map(|clear| vault.lock("01J", PLACE, clear.as_bytes()).unwrap().len())
        .collect();
    assert!(lengths.iter().all(|length| *length == lengths[0]), "{lengths:?}");
}

#[test]
fn what_was_moved_altered_or_cut_does_not_open() {
    let place = Place::new();
    let vault = place.open().unwrap();
    let text = vault.lock("01J", PLACE, "昭和五十五年".as_bytes()).unwrap();
    vault.lock("01K", PLACE, b"x").unwrap();
    let refused = |holder: &str, place: &str, text: &str| {
        assert!(
            matches!(vault.open(holder, place, text), Err(ProtectionProblem::Altered(_))),
            "{holder} {place} {text}"
        );
    };
    refused("01K", PLACE, &text);
    refused("01K", PLACE, &text.replace("01J", "01K"));
    refused("01J", "person/01J/name", &text);
    refused("01J", "person/01K/birth_date", &text);
    refused("01J", PLACE, &text.replacen(":1:01J:1:", ":1:01J:2:", 1));
    refused("01J", PLACE, &text.replacen("locked:1:", "locked:2:", 1));
    refused("01J", PLACE, "昭和五十五年");
    refused("01J", PLACE, "");
    for end in 0..text.len() {
        refused("01J", PLACE, &text[..end]);
    }
    // Every single character of the body, changed to another that is allowed there.
    let start = text.rfind(':').unwrap() + 1;
    for at in start..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        refused("01J", PLACE, std::str::from_utf8(&bytes).unwrap());
    }
    refused("01J", PLACE, &format!("{text}AAAA"));
    refused("01J", PLACE, &format!("locked:1:01J:1:{}", "A".repeat(100 << 20)));
}

#[test]
fn bytes_that_are_no_text_are_locked_too_and_what_is_too_large_is_refused() {
    let place = Place::new();
    let vault = place.open().unwrap();
    for clear in [&b""[..], b"\0", b"\x80", b"\xff\xfe\x00", b"\x80\x00\x00"] {
        let text = vault.lock(INSTALLATION, "mail/1", clear).unwrap();
        assert_eq!(vault.open(INSTALLATION, "mail/1", &text).unwrap().unwrap(), clear);
    }
    let large = vec![b'x'; (64 << 20) + 1];
    assert!(matches!(vault.lock("01J", PLACE, &large), Err(ProtectionProblem::Unavailable(_))));
    for holder in ["", "a:b", "山田", "a b", "a\n", &"x".repeat(129)] {
        assert!(vault.lock(holder, PLACE, b"x").is_err(), "{holder}");
    }
}

#[test]
fn a_text_of_somebody_without_a_key_makes_none() {
    on_each_database(|place| {
        let vault = place.open().unwrap();
        let text = vault.lock("01J", PLACE, b"x").unwrap();
        let before = vault.status().unwrap().count;
        let forged = text.replace("01J", "01Z");
        assert!(matches!(vault.open("01Z", PLACE, &forged), Err(ProtectionProblem::Unavailable(_))));
        assert_eq!(vault.status().unwrap().count, before);
    });
}

#[test]
fn tokens_are_equal_for_equal_input_only() {
    let place = Place::new();
    let vault = place.open().unwrap();
    let token = vault.token("person/name", "山田".as_bytes());
    assert_eq!(token, place.open().unwrap().token("person/name", "山田".as_bytes()));
    assert_eq!(token.len(), 32);
    assert_ne!(token, vault.token("person/kana", "山田".as_bytes()));
    assert_ne!(vault.token("ab", b"c"), vault.token("a", b"bc"));
    assert_ne!(token, Place::new().open().unwrap().token("person/name", "山田".as_bytes()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn whatever_is_locked_opens_where_it_was_locked_and_nowhere_else(
        clear in proptest::collection::vec(any::<u8>(), 0..200),
        here in "[a-z]{1,8}/[A-Z0-9]{1,8}/[a-z]{1,8}",
        there in "[a-z]{1,8}/[A-Z0-9]{1,8}/[a-z]{1,8}",
    ) {
        thread_local! {
            static VAULT: (Place, vault::Vault) = { let place = Place::new(); let vault = place.open().unwrap(); (place, vault) };
        }
        VAULT.with(|(_, vault)| {
            let text = vault.lock("01J", &here, &clear).unwrap();
            prop_assert_eq!(vault.open("01J", &here, &text).unwrap(), Some(clear));
            prop_assert_eq!(vault.open("01J", &there, &text).is_ok(), here == there);
            Ok(())
        })?;
    }
}
