//! Choosing a person, an organisation, a post or another record.

use maud::{Markup, html};

use super::field::{Control, Wiring};

/// A record offered by a picker.
#[derive(Clone, Debug)]
pub struct Offer {
    /// The code people know it by: staff number, organisation code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// What tells it from others of the same name: kana, office.
    pub note: String,
}

/// A text input with offers. The form sends what is typed; a code alone, or a code followed by a space and anything,
/// names the record (`100234 見本 花子(第1課)`), so that it works without script and with any number of records.
#[derive(Clone, Debug, Default)]
pub struct Picker {
    value: String,
    offers: Vec<Offer>,
    search: Option<crate::Url>,
}

impl Picker {
    /// Nobody chosen, no offers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What it holds, as typed, or [`Picker::line`] of the chosen record.
    #[must_use]
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }

    /// Records offered at once, at most a few dozen.
    #[must_use]
    pub fn offers(mut self, offers: Vec<Offer>) -> Self {
        self.offers = offers;
        self
    }

    /// Where script asks for offers while a person types: `GET …?q=` answers a JSON array of lines.
    #[must_use]
    pub fn search(mut self, at: crate::Url) -> Self {
        self.search = Some(at);
        self
    }

    /// How an offer is written in the input.
    #[must_use]
    pub fn line(offer: &Offer) -> String {
        if offer.note.is_empty() {
            format!("{} {}", offer.code, offer.name)
        } else {
            format!("{} {}({})", offer.code, offer.name, offer.note)
        }
    }

    /// The code in what the form sent, or `None` when nothing was typed.
    #[must_use]
    pub fn code(sent: &str) -> Option<&str> {
        sent.split([' ', '\u{3000}']).find(|part| !part.is_empty())
    }
}

impl Control for Picker {
    fn control(&self, wiring: &Wiring) -> Markup {
        let list = format!("{}-list", wiring.id);
        html! {
            input type="text" id=(wiring.id) name=(wiring.name) value=(self.value) list=(list) autocomplete="off"
                data-offers=[self.search.as_ref().map(ToString::to_string)] aria-label=[wiring.aria_label()]
                aria-required=[wiring.aria_required()] aria-invalid=[wiring.aria_invalid()]
                aria-describedby=[wiring.described_by.as_ref()];
            datalist id=(list) {
                @for offer in &self.offers { option value=(Self::line(offer)) {} }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_what_stands_before_the_first_space() {
        let offer = Offer { code: "100234".into(), name: "見本 花子".into(), note: "第1課".into() };
        let line = Picker::line(&offer);
        for sent in ["100234", " 100234 ", "\u{3000}100234\u{3000}見本", line.as_str()] {
            assert_eq!(Picker::code(sent), Some("100234"), "{sent}");
        }
        assert_eq!(Picker::code("  "), None);
    }
}
