//! Addresses on this server as values.

use std::fmt::{self, Write as _};

use maud::{Escaper, Render};

/// An address on this server: path, query and fragment, percent-encoded as they are put in (RFC 3986).
///
/// The same value is used to link and to redirect. It always starts with one `/` (or is only a
/// fragment), so that it can neither leave the server nor run script.
///
/// ```
/// use ui::Url;
/// let url = Url::path(["ledgers", "person"]).query("q", "山田 太郎").query("sort", "-kana");
/// assert_eq!(url.to_string(), "/ledgers/person?q=%E5%B1%B1%E7%94%B0%20%E5%A4%AA%E9%83%8E&sort=-kana");
/// assert_eq!(url.with("sort", "kana").to_string(), "/ledgers/person?q=%E5%B1%B1%E7%94%B0%20%E5%A4%AA%E9%83%8E&sort=kana");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Url {
    path: String,
    query: Vec<(String, String)>,
    fragment: Option<String>,
}

impl Url {
    /// A path of segments, each encoded whole (a `/` inside a segment stays inside it).
    ///
    /// Empty segments and the segments `.` and `..` are left out: a browser would resolve them to another page.
    pub fn path<S: AsRef<str>>(segments: impl IntoIterator<Item = S>) -> Self {
        let mut path = String::new();
        for segment in segments {
            let segment = segment.as_ref();
            if !matches!(segment, "" | "." | "..") {
                path.push('/');
                encode(segment, &mut path);
            }
        }
        if path.is_empty() {
            path.push('/');
        }
        Self { path, query: Vec::new(), fragment: None }
    }

    /// The start page, `/`.
    #[must_use]
    pub fn root() -> Self {
        Self::path([""; 0])
    }

    /// A place on the same page.
    pub fn here(fragment: impl Into<String>) -> Self {
        Self { path: String::new(), query: Vec::new(), fragment: Some(fragment.into()) }
    }

    /// Adds one more segment to the path.
    #[must_use]
    pub fn join(mut self, segment: impl AsRef<str>) -> Self {
        let segment = segment.as_ref();
        if !matches!(segment, "" | "." | "..") {
            if !self.path.ends_with('/') {
                self.path.push('/');
            }
            encode(segment, &mut self.path);
        }
        self
    }

    /// Adds a query pair after those already there.
    #[must_use]
    pub fn query(mut self, name: impl Into<String>, value: impl ToString) -> Self {
        self.query.push((name.into(), value.to_string()));
        self
    }

    /// Adds a query pair when there is a value.
    #[must_use]
    pub fn query_if(self, name: impl Into<String>, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.query(name, value),
            None => self,
        }
    }

    /// The same address with exactly one pair of this name, put at its former place or at the end.
    #[must_use]
    pub fn with(&self, name: &str, value: impl ToString) -> Self {
        let mut url = self.clone();
        let place = url.query.iter().position(|(key, _)| key == name).unwrap_or(url.query.len());
        url.query.retain(|(key, _)| key != name);
        let place = place.min(url.query.len());
        url.query.insert(place, (name.to_owned(), value.to_string()));
        url
    }

    /// The same address without the pairs of this name.
    #[must_use]
    pub fn without(&self, name: &str) -> Self {
        let mut url = self.clone();
        url.query.retain(|(key, _)| key != name);
        url
    }

    /// The same address without one pair of this name and value (a filter chip that is taken away).
    #[must_use]
    pub fn without_pair(&self, name: &str, value: &str) -> Self {
        let mut url = self.clone();
        if let Some(place) = url.query.iter().position(|(key, held)| key == name && held == value) {
            url.query.remove(place);
        }
        url
    }

    /// Sets the fragment.
    #[must_use]
    pub fn fragment(mut self, fragment: impl Into<String>) -> Self {
        self.fragment = Some(fragment.into());
        self
    }

    /// The query pairs, not encoded, in order. A GET form repeats them as hidden fields.
    #[must_use]
    pub fn pairs(&self) -> &[(String, String)] {
        &self.query
    }

    /// The same address with neither query nor fragment.
    #[must_use]
    pub fn bare(&self) -> Self {
        Self { path: self.path.clone(), query: Vec::new(), fragment: None }
    }
}

impl fmt::Display for Url {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = self.path.clone();
        for (place, (name, value)) in self.query.iter().enumerate() {
            text.push(if place == 0 { '?' } else { '&' });
            encode(name, &mut text);
            text.push('=');
            encode(value, &mut text);
        }
        if let Some(fragment) = &self.fragment {
            text.push('#');
            encode(fragment, &mut text);
        }
        out.write_str(&text)
    }
}

impl Render for Url {
    fn render_to(&self, buffer: &mut String) {
        // Writing into a String cannot fail.
        let _ = write!(Escaper::new(buffer), "{self}");
    }
}

/// Percent-encodes everything but the unreserved characters of RFC 3986 section 2.3.
fn encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_on_this_server() {
        let cases: [(&[&str], &str); 8] = [
            (&[], "/"),
            (&["", "evil.example"], "/evil.example"),
            (&["//evil.example"], "/%2F%2Fevil.example"),
            (&["..", "etc"], "/etc"),
            (&["a", ".", "b"], "/a/b"),
            (&["javascript:alert(1)"], "/javascript%3Aalert%281%29"),
            (&["第1局"], "/%E7%AC%AC1%E5%B1%80"),
            (&["a b", "c?d#e"], "/a%20b/c%3Fd%23e"),
        ];
        for (segments, wanted) in cases {
            assert_eq!(Url::path(segments).to_string(), wanted);
        }
    }

    #[test]
    fn pairs_are_replaced_added_and_taken_away() {
        let url = Url::path(["list"]).query("state", "a&b").query("q", "100%").query("state", "c");
        assert_eq!(url.to_string(), "/list?state=a%26b&q=100%25&state=c");
        assert_eq!(url.with("state", "d").to_string(), "/list?state=d&q=100%25");
        assert_eq!(url.with("sort", 1).to_string(), "/list?state=a%26b&q=100%25&state=c&sort=1");
        assert_eq!(url.without("state").to_string(), "/list?q=100%25");
        assert_eq!(url.without_pair("state", "a&b").to_string(), "/list?q=100%25&state=c");
        assert_eq!(url.bare().join("new").fragment("f-氏名").to_string(), "/list/new#f-%E6%B0%8F%E5%90%8D");
    }

    #[test]
    fn rendering_leaves_no_quote_or_bracket() {
        let url = Url::path(["\"><script>"]).query("\"", "'<&>");
        let html = maud::html! { a href=(url) {} }.into_string();
        assert_eq!(html, "<a href=\"/%22%3E%3Cscript%3E?%22=%27%3C%26%3E\"></a>");
    }
}
