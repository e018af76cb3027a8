//! The provider of these stories answers as a test needs it, right or wrong; that we understand real ones is shown in
//! `e2e/stories/oidc.mjs`. Its tokens are signed by `ring`, with a key that only the test has.

use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity::Arrival;
use identity::names::account;
use identity::oidc::{self, Answer, Fetch, FetchProblem, Flow, OidcProblem, OidcSettings, Proved, Provider};
use openidconnect::url::Url;
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};

use super::world::{World, origin};

const ISSUER: &str = "https://sso.mihon.example";
const REDIRECT: &str = "https://daicho.mihon.example/sign-in/sso/callback";

fn key() -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap()
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn signed(head: &Value, claims: &Value) -> String {
    let text = format!("{}.{}", encode(head.to_string()), encode(claims.to_string()));
    let signature = key().sign(text.as_bytes());
    format!("{text}.{}", encode(signature))
}

/// What the provider answers with.
#[derive(Default)]
struct Script {
    token: String,
    status: Option<u16>,
    names_issuer: bool,
    asked: Vec<(String, String)>,
    basic: Option<String>,
}

struct Scripted(Arc<Mutex<Script>>);

impl Fetch for Scripted {
    fn get(&self, url: &str) -> Result<String, FetchProblem> {
        let script = self.0.lock().unwrap();
        let body = match url.strip_prefix(ISSUER) {
            Some("/.well-known/openid-configuration") => json!({
                "issuer": ISSUER,
                "authorization_endpoint": format!("{ISSUER}/auth?tenant=mihon"),
                "token_endpoint": format!("{ISSUER}/token"),
                "jwks_uri": format!("{ISSUER}/jwks"),
                "authorization_response_iss_parameter_supported": script.names_issuer,
            }),
            Some("/jwks") => json!({ "keys": [{
                "kty": "OKP", "crv": "Ed25519", "kid": "k1", "use": "sig", "alg": "EdDSA",
                "x": encode(key().public_key().as_ref()),
            }] }),
            _ => return Err(FetchProblem(Some(404))),
        };
        Ok(body.to_string())
    }

    fn post(&self, url: &str, basic: Option<&str>, form: &[(&str, &str)]) -> Result<String, FetchProblem> {
        assert_eq!(url, format!("{ISSUER}/token"));
        let mut script = self.0.lock().unwrap();
        script.asked = form.iter().map(|(key, value)| ((*key).to_string(), (*value).to_string())).collect();
        script.basic = basic.map(String::from);
        match script.status {
            Some(status) => Err(FetchProblem(Some(status))),
            None => Ok(json!({ "access_token": "x", "token_type": "Bearer", "id_token": script.token }).to_string()),
        }
    }
}

struct Story {
    world: World,
    settings: OidcSettings,
    script: Arc<Mutex<Script>>,
    provider: Provider,
}

impl Story {
    fn new(settings: &str) -> Self {
        let text = format!("issuer = \"{ISSUER}\"\nclient_id = \"daicho\"\n{settings}");
        let settings: OidcSettings = toml::from_str(&text).unwrap();
        assert_eq!(settings.problems(), Vec::<String>::new());
        let script = Arc::new(Mutex::new(Script::default()));
        let provider = Provider::new(Box::new(Scripted(script.clone())));
        Self { world: World::new(), settings, script, provider }
    }

    /// Begin; the query of the address gone to, and the flow.
    fn begin(&self) -> (Vec<(String, String)>, Flow) {
        let kernel = &self.world.kernel;
        let known = self.provider.discover(&self.settings, kernel.now()).unwrap();
        let (to, flow) =
            oidc::begin(&*kernel.entropy, &self.settings, &known, REDIRECT, "/search", kernel.now()).unwrap();
        let to = Url::parse(&to).unwrap();
        (to.query_pairs().map(|(key, value)| (key.into_owned(), value.into_owned())).collect(), flow)
    }

    /// Claims that are right for a flow that was begun with this query.
    fn claims(&self, query: &[(String, String)]) -> Value {
        let now = self.world.kernel.now().timestamp();
        json!({
            "iss": ISSUER, "aud": "daicho", "sub": "0001", "iat": now, "exp": now + 300, "nonce": get(query, "nonce"),
            "preferred_username": "jinji01", "acr": "aal2", "amr": ["pwd", "otp"],
        })
    }

    fn finish(&self, flow: Option<Flow>, answer: &Answer) -> Result<Proved, OidcProblem> {
        oidc::finish(&self.provider, &self.settings, REDIRECT, flow, answer, self.world.kernel.now())
    }

    /// One whole sign-in with a token that was changed.
    fn with(&self, change: impl FnOnce(&mut Value, &mut Value)) -> Result<Proved, OidcProblem> {
        let (query, flow) = self.begin();
        let (mut head, mut claims) = (json!({ "alg": "EdDSA", "kid": "k1" }), self.claims(&query));
        change(&mut head, &mut claims);
        self.script.lock().unwrap().token = signed(&head, &claims);
        self.finish(Some(flow), &answer(&query))
    }
}

fn get(query: &[(String, String)], name: &str) -> String {
    query.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()).unwrap_or_default()
}

fn answer(query: &[(String, String)]) -> Answer {
    Answer { code: Some("code-1".into()), state: Some(get(query, "state")), issuer: None, error: None }
}

#[test]
fn a_right_answer_leads_to_the_account_of_the_claim() {
    let story = Story::new("client_secret = \"a b:c\"");
    let (query, flow) = story.begin();
    for (name, value) in [
        ("tenant", "mihon"),
        ("response_type", "code"),
        ("client_id", "daicho"),
        ("redirect_uri", REDIRECT),
        ("scope", "openid profile"),
        ("code_challenge_method", "S256"),
    ] {
        assert_eq!(get(&query, name), value);
    }
    story.script.lock().unwrap().token = signed(&json!({ "alg": "EdDSA", "kid": "k1" }), &story.claims(&query));
    let proved = story.finish(Flow::read(&flow.write(), story.world.kernel.now()), &answer(&query)).unwrap();
    assert_eq!(proved, Proved { value: "jinji01".into(), subject: "0001".into(), issuer: ISSUER.into() });
    {
        let script = story.script.lock().unwrap();
        // The verifier is the one whose digest was sent (RFC 7636 section 4.6).
        let verifier = get(&script.asked, "code_verifier");
        use sha2::Digest;
        assert_eq!(encode(sha2::Sha256::digest(verifier)), get(&query, "code_challenge"));
        assert_eq!(script.basic.as_deref(), Some("Basic ZGFpY2hvOmErYiUzQWM="), "daicho:a+b%3Ac");
    }
    let account = story.world.account("jinji01", "見本 人事");
    let open = |proved: Result<&Proved, OidcProblem>| {
        let world = &story.world;
        let origin = origin();
        let (settings, arrival) = ((&world.settings, &story.settings), Arrival::new(&origin));
        world.store.write(|tx| oidc::open(tx, &world.kernel, settings, proved, &arrival)).unwrap()
    };
    let signed_in = open(Ok(&proved)).unwrap_or_else(|refused| panic!("{refused}"));
    assert_eq!(signed_in.principal.actor.account, account.id);
    assert!(story.world.resolve(&signed_in.secret).is_some());
    let entry = story.world.newest_entry();
    assert_eq!((entry.act.as_str(), &entry.changes["subject"].after), ("sign_in", &json!("0001")));
    // Suspended, unknown, or not verified: the same to the person, told apart in the journal.
    story.world.take(&account, "suspend");
    for (proved, cause) in [
        (Ok(&proved), "利用者が利用できる状態にない"),
        (Ok(&Proved { value: "dareka".into(), ..proved.clone() }), "利用者の登録なし"),
        (Err(OidcProblem::BadToken), "IDトークンを検証できない"),
    ] {
        assert!(open(proved).is_err());
        let entry = story.world.newest_entry();
        assert_eq!((entry.act.as_str(), entry.reason.as_deref()), ("sign_in_failed", Some(cause)));
        assert!(!format!("{entry:?}").contains("dareka"), "a stranger's name is not kept");
    }
}

#[test]
fn a_token_with_anything_wrong_is_refused() {
    let story = Story::new("acr = [\"aal2\", \"aal3\"]\namr = [\"otp\", \"hwk\"]");
    type Wrong = fn(&mut Value, &mut Value);
    let cases: [(&str, Wrong, Result<(), OidcProblem>); 20] = [
        ("as it is", |_, _| {}, Ok(())),
        ("within the skew", |_, claims| claims["exp"] = json!(claims["iat"].as_i64().unwrap() - 59), Ok(())),
        ("several audiences, ours alone trusted", |_, claims| claims["aud"] = json!(["daicho"]), Ok(())),
        ("another nonce", |_, claims| claims["nonce"] = json!("x".repeat(43)), Err(OidcProblem::BadToken)),
        ("no nonce", |_, claims| claims["nonce"] = Value::Null, Err(OidcProblem::BadToken)),
        ("another audience", |_, claims| claims["aud"] = json!("other"), Err(OidcProblem::BadToken)),
        ("a second audience", |_, claims| claims["aud"] = json!(["daicho", "other"]), Err(OidcProblem::BadToken)),
        ("another issuer", |_, claims| claims["iss"] = json!("https://evil.example"), Err(OidcProblem::BadToken)),
        ("another party", |_, claims| claims["azp"] = json!("other"), Err(OidcProblem::BadToken)),
        ("over", |_, claims| claims["exp"] = json!(claims["iat"].as_i64().unwrap() - 61), Err(OidcProblem::BadToken)),
        ("no end", |_, claims| claims["exp"] = Value::Null, Err(OidcProblem::BadToken)),
        (
            "of the future",
            |_, claims| claims["iat"] = json!(claims["iat"].as_i64().unwrap() + 61),
            Err(OidcProblem::BadToken),
        ),
        (
            "not yet",
            |_, claims| claims["nbf"] = json!(claims["iat"].as_i64().unwrap() + 61),
            Err(OidcProblem::BadToken),
        ),
        ("alg none", |head, _| head["alg"] = json!("none"), Err(OidcProblem::BadToken)),
        ("alg HS256", |head, _| head["alg"] = json!("HS256"), Err(OidcProblem::BadToken)),
        ("alg RS256 over an Ed25519 key", |head, _| head["alg"] = json!("RS256"), Err(OidcProblem::BadToken)),
        ("unknown key", |head, _| head["kid"] = json!("k2"), Err(OidcProblem::BadToken)),
        ("weak context", |_, claims| claims["acr"] = json!("aal1"), Err(OidcProblem::TooWeak)),
        ("weak method", |_, claims| claims["amr"] = json!(["pwd"]), Err(OidcProblem::TooWeak)),
        ("no name", |_, claims| claims["preferred_username"] = Value::Null, Err(OidcProblem::NoClaim)),
    ];
    for (what, change, expected) in cases {
        assert_eq!(story.with(change).map(drop), expected, "{what}");
    }
    // Signed by somebody else, and not at all.
    let (query, flow) = story.begin();
    let right = signed(&json!({ "alg": "EdDSA", "kid": "k1" }), &story.claims(&query));
    let parts: Vec<&str> = right.split('.').collect();
    let none = encode(json!({ "alg": "none" }).to_string());
    let stranger = Ed25519KeyPair::from_seed_unchecked(&[8; 32]).unwrap();
    let foreign = encode(stranger.sign(format!("{}.{}", parts[0], parts[1]).as_bytes()));
    for token in [
        format!("{none}.{}.", parts[1]),
        format!("{none}.{}.{}", parts[1], parts[2]),
        format!("{}.{}.{foreign}", parts[0], parts[1]),
        format!("{}.{}.", parts[0], parts[1]),
        "x".into(),
        String::new(),
    ] {
        story.script.lock().unwrap().token = token.clone();
        assert_eq!(story.finish(Some(flow.clone()), &answer(&query)), Err(OidcProblem::BadToken), "{token}");
    }
}

#[test]
fn an_answer_that_does_not_belong_to_what_was_begun_is_refused() {
    let story = Story::new("");
    let (query, flow) = story.begin();
    story.script.lock().unwrap().token = signed(&json!({ "alg": "EdDSA", "kid": "k1" }), &story.claims(&query));
    let right = answer(&query);
    assert_eq!(story.finish(None, &right), Err(OidcProblem::NotBegun), "another browser");
    let other = Answer { state: Some("x".repeat(43)), ..right.clone() };
    assert_eq!(story.finish(Some(flow.clone()), &other), Err(OidcProblem::NotBegun));
    assert_eq!(story.finish(Some(flow.clone()), &Answer { state: None, ..right.clone() }), Err(OidcProblem::NotBegun));
    let evil = Answer { issuer: Some("https://evil.example".into()), ..right.clone() };
    assert_eq!(story.finish(Some(flow.clone()), &evil), Err(OidcProblem::OtherIssuer), "mix-up (RFC 9207)");
    let stopped = Answer { error: Some("access_denied".into()), code: None, ..right.clone() };
    assert_eq!(story.finish(Some(flow.clone()), &stopped), Err(OidcProblem::NotDone));
    // The provider says no to a code that was used before.
    story.script.lock().unwrap().status = Some(400);
    assert_eq!(story.finish(Some(flow.clone()), &right), Err(OidcProblem::CodeRefused));
    story.script.lock().unwrap().status = None;
    // A flow is good for ten minutes, and only in the form it was given.
    let now = story.world.kernel.now();
    let text = flow.write();
    for (text, minutes, good) in [
        (text.as_str(), 0, true),
        (&text, 9, true),
        (&text, 10, false),
        (&text, -1, false),
        (&text[1..], 0, false),
        ("", 0, false),
    ] {
        assert_eq!(Flow::read(text, now + chrono::TimeDelta::minutes(minutes)).is_some(), good, "{minutes}");
    }
    // A provider that names itself in its answers must do so.
    let story = Story::new("");
    story.script.lock().unwrap().names_issuer = true;
    let (query, flow) = story.begin();
    assert_eq!(story.finish(Some(flow), &answer(&query)), Err(OidcProblem::OtherIssuer));
}

#[test]
fn accounts_are_matched_as_set_and_made_only_where_set() {
    let proved = |value: &str| Proved { value: value.into(), subject: "s".into(), issuer: ISSUER.into() };
    let open = |story: &Story, value: &str| {
        let world = &story.world;
        let proved = proved(value);
        let origin = origin();
        let (settings, arrival) = ((&world.settings, &story.settings), Arrival::new(&origin));
        let done = world.store.write(|tx| oidc::open(tx, &world.kernel, settings, Ok(&proved), &arrival));
        done.unwrap().ok().map(|signed_in| signed_in.principal.actor.login)
    };
    let by_number = Story::new("match_by = \"number\"");
    by_number.world.account("jinji01", "見本 人事");
    assert_eq!(open(&by_number, "jinji01").as_deref(), Some("jinji01"), "the number of the person of the account");
    by_number.world.make(account::LEDGER, json!({ "login": "mae", "number": "26099" }));
    assert_eq!(open(&by_number, "26099").as_deref(), Some("mae"), "the number that came before the person");
    let by_external = Story::new("match_by = \"external_id\"");
    by_external.world.make(account::LEDGER, json!({ "login": "renkei", "external_id": "e-1" }));
    assert_eq!(open(&by_external, "e-1").as_deref(), Some("renkei"));
    assert_eq!(open(&by_external, "renkei"), None);
    let by_login = Story::new("");
    by_login.world.account("jinji01", "見本 人事");
    assert_eq!(open(&by_login, "JINJI01").as_deref(), Some("jinji01"), "providers do not agree on case");
    assert_eq!(open(&by_login, "shinjin"), None);
    let making = Story::new("create = true");
    assert_eq!(open(&making, "shinjin").as_deref(), Some("shinjin"));
    assert_eq!(open(&making, "shinjin").as_deref(), Some("shinjin"));
}
