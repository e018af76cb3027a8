//! A client that speaks as much HTTP/1.1 as these stories need, one connection a request.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

/// Password of every account in these stories.
pub const PASSWORD: &str = "Mihon-no-shiken-2026";

/// An answer.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    /// A header by its name in small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {} {}", self.status, self.text()))
    }

    /// Where it sends the browser.
    pub fn to(&self) -> &str {
        self.header("location").unwrap_or_default()
    }

    /// The revision for `If-Match`.
    pub fn tag(&self) -> String {
        self.header("etag").unwrap_or_default().to_string()
    }
}

/// Somebody at a server: signed in, with a token, or unknown.
#[derive(Debug, Clone)]
pub struct Browser {
    pub address: SocketAddr,
    cookie: Option<String>,
    token: Option<String>,
    /// The secret that forms carry.
    secret: String,
}

impl Browser {
    pub fn anonymous(address: SocketAddr) -> Self {
        Self { address, cookie: None, token: None, secret: String::new() }
    }

    pub fn with_token(address: SocketAddr, token: &str) -> Self {
        Self { token: Some(token.to_string()), ..Self::anonymous(address) }
    }

    /// Somebody who holds this cookie line.
    pub fn with_cookie(address: SocketAddr, cookie: &str) -> Self {
        Self { cookie: Some(cookie.to_string()), ..Self::anonymous(address) }
    }

    /// The cookie line that is sent.
    pub fn cookie(&self) -> &str {
        self.cookie.as_deref().unwrap_or_default()
    }

    /// The secret that forms carry.
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// The same without the secret that forms carry, and with another one.
    pub fn with_secret(&self, secret: &str) -> Self {
        Self { secret: secret.to_string(), ..self.clone() }
    }

    /// Send bytes as they are, and read what comes back until the connection ends or nothing comes.
    pub fn raw(&self, bytes: &[u8]) -> String {
        let Ok(mut stream) = self.connect() else { return String::new() };
        let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
        // The server may refuse before all is sent.
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Sign in; panics when that is refused.
    pub fn sign_in(address: SocketAddr, login: &str, password: &str) -> Self {
        let mut browser = Self::anonymous(address);
        let reply = browser.post("/sign-in", &[("login", login), ("password", password)]);
        assert_eq!(reply.status, 303, "{login} signs in: {}", reply.text());
        let cookie = reply.header("set-cookie").and_then(|cookie| cookie.split(';').next());
        browser.cookie = Some(cookie.expect("a session").to_string());
        browser.learn_secret();
        browser
    }

    /// Read the secret of the session from a page.
    pub fn learn_secret(&mut self) {
        for path in ["/help", "/profile/password"] {
            let page = self.get(path).text();
            let after = page.split("name=\"_secret\"").nth(1).and_then(|rest| rest.split("value=\"").nth(1));
            if let Some(secret) = after.and_then(|rest| rest.split('"').next()) {
                self.secret = secret.to_string();
                return;
            }
        }
        panic!("no page carries the secret");
    }

    pub fn get(&self, path: &str) -> Reply {
        self.call("GET", path, &[], b"")
    }

    /// Post a form with the session's secret.
    pub fn post(&self, path: &str, form: &[(&str, &str)]) -> Reply {
        let mut pairs: Vec<String> =
            form.iter().map(|(key, value)| format!("{}={}", coded(key), coded(value))).collect();
        pairs.push(format!("_secret={}", coded(&self.secret)));
        let kind = ("content-type", "application/x-www-form-urlencoded");
        self.call("POST", path, &[kind], pairs.join("&").as_bytes())
    }

    /// Post a form with a file.
    pub fn upload(&self, path: &str, form: &[(&str, &str)], name: &str, content: &[u8]) -> Reply {
        const EDGE: &str = "kyokai-7f3a";
        let mut body = Vec::new();
        let secret = ("_secret", self.secret.as_str());
        for (key, value) in form.iter().chain([&secret]) {
            body.extend(
                format!("--{EDGE}\r\nContent-Disposition: form-data; name=\"{key}\"\r\n\r\n{value}\r\n").bytes(),
            );
        }
        let disposition = format!("Content-Disposition: form-data; name=\"file\"; filename=\"{name}\"");
        body.extend(format!("--{EDGE}\r\n{disposition}\r\nContent-Type: application/octet-stream\r\n\r\n").bytes());
        body.extend(content);
        body.extend(format!("\r\n--{EDGE}--\r\n").bytes());
        self.call("POST", path, &[("content-type", &format!("multipart/form-data; boundary={EDGE}"))], &body)
    }

    /// Send JSON.
    pub fn send(&self, method: &str, path: &str, tag: Option<&str>, value: &Value) -> Reply {
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(tag.map(|tag| ("if-match", tag)));
        self.call(method, path, &headers, value.to_string().as_bytes())
    }

    /// Any request.
    pub fn call(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        self.try_call(method, path, headers, body).unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// The same where the server may be gone.
    pub fn try_call(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> std::io::Result<Reply> {
        let mut stream = self.connect()?;
        stream.write_all(self.head(method, path, headers, body.len()).as_bytes())?;
        stream.write_all(body)?;
        read_reply(&mut stream)
    }

    pub fn connect(&self) -> std::io::Result<TcpStream> {
        let stream = TcpStream::connect(self.address)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        Ok(stream)
    }

    /// The head of a request, who asks included.
    pub fn head(&self, method: &str, path: &str, headers: &[(&str, &str)], length: usize) -> String {
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n", self.address);
        head.push_str("user-agent: shiken\r\n");
        if let Some(cookie) = &self.cookie {
            head.push_str(&format!("cookie: {cookie}\r\n"));
        }
        if let Some(token) = &self.token {
            head.push_str(&format!("authorization: Bearer {token}\r\n"));
        }
        if self.token.is_none() && method != "GET" && !self.secret.is_empty() {
            head.push_str(&format!("x-daicho-secret: {}\r\n", self.secret));
        }
        for (key, value) in headers {
            head.push_str(&format!("{key}: {value}\r\n"));
        }
        head.push_str(&format!("content-length: {length}\r\n\r\n"));
        head
    }
}

/// Read an answer to the end of its connection.
pub fn read_reply(stream: &mut TcpStream) -> std::io::Result<Reply> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let cut = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let cut = cut.ok_or_else(|| std::io::Error::other("the connection ended within the head"))?;
    let head = String::from_utf8_lossy(&bytes[..cut]).into_owned();
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(key, value)| (key.to_ascii_lowercase(), value.trim().to_string()))
        .collect();
    let body = bytes[cut + 4..].to_vec();
    let length = headers.iter().find(|(key, _)| key == "content-length").and_then(|(_, value)| value.parse().ok());
    if length.is_some_and(|length: usize| body.len() < length) {
        return Err(std::io::Error::other("the connection ended within the body"));
    }
    Ok(Reply { status: status.unwrap_or_default(), headers, body })
}

/// A text as it stands in an address or form.
pub fn coded(text: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    text.bytes().map(|byte| if plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
