//! A master key in a hardware security module, by PKCS#11 v2.40. Its keys are made in the module, marked as sensitive and not
//! extractable, and never leave it: the module itself encrypts ring keys (CKM_AES_GCM) and derives keys (CKM_SHA256_HMAC).
//!
//! Objects, by label: `NAME-root` (generic secret, for derivation) and `NAME-1`, `NAME-2`, … (AES-256, one a version).

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::aead::GcmParams;
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;
use ledger::Entropy;
use zeroize::Zeroizing;

use super::{MasterKey, check_mode, told};
use crate::problem::KeyProblem;
use crate::secret::{LENGTH, Secret, info};

/// Bits of the tag, and bytes of the nonce, of a wrapped key.
const TAG_BITS: u64 = 128;
const NONCE: usize = 12;

/// Where the key is: `module=LIBRARY;token=LABEL;object=NAME[;pin-file=PATH]`.
struct Place {
    module: PathBuf,
    token: String,
    object: String,
    pin_file: Option<PathBuf>,
}

impl Place {
    fn parse(setting: &str, data: &Path) -> Result<Self, KeyProblem> {
        let wrong = |what: &str| {
            KeyProblem::Setting(format!(
                "{what}。「pkcs11:module=ライブラリ;token=名前;object=名前;pin-file=ファイル」と書きます"
            ))
        };
        let mut parts = BTreeMap::new();
        for part in setting.split(';').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').ok_or_else(|| wrong(&format!("「{part}」に「=」がありません")))?;
            if !["module", "token", "object", "pin-file"].contains(&name) {
                return Err(wrong(&format!("「{name}」は知らない語です")));
            }
            if parts.insert(name, value).is_some() {
                return Err(wrong(&format!("「{name}」が二つあります")));
            }
        }
        let mut take = |name: &str| {
            parts
                .remove(name)
                .filter(|value| !value.is_empty())
                .ok_or_else(|| wrong(&format!("「{name}」がありません")))
        };
        Ok(Self {
            module: take("module")?.into(),
            token: take("token")?.into(),
            object: take("object")?.into(),
            pin_file: take("pin-file").ok().map(|path| data.join(path)),
        })
    }

    /// The PIN: the one that was passed in, else the content of its file, which only its owner may read.
    fn pin(&self, given: Option<&str>) -> Result<Zeroizing<String>, KeyProblem> {
        if let Some(pin) = given {
            return Ok(Zeroizing::new(pin.to_owned()));
        }
        let Some(path) = &self.pin_file else {
            return Err(KeyProblem::Setting(
                "トークンのPINがありません。pin-file にファイルを書くか、環境変数 DAICHO_MASTER_KEY_PIN で渡します"
                    .into(),
            ));
        };
        check_mode(path, 0o600)?;
        let mut pin = Zeroizing::new(String::new());
        let file = std::fs::File::open(path).map_err(|error| KeyProblem::File(path.clone(), error))?;
        file.take(1024).read_to_string(&mut pin).map_err(|error| KeyProblem::File(path.clone(), error))?;
        Ok(Zeroizing::new(pin.trim_end_matches(['\r', '\n']).to_owned()))
    }
}

/// A master key in a hardware security module.
pub struct Pkcs11Master {
    place: Place,
    pin: AuthPin,
    library: Pkcs11,
    slot: Slot,
    /// One session at a time: signing in and out counts for the whole program.
    turn: Mutex<()>,
}

impl Pkcs11Master {
    /// Open the token; when it holds no key and may get one, make the root and the first version in it.
    ///
    /// # Errors
    /// [`KeyProblem::Setting`] for the setting, [`KeyProblem::Token`] for what the module says.
    pub fn open(setting: &str, data: &Path, make: bool, pin: Option<&str>) -> Result<Self, KeyProblem> {
        let master = Self::of_token(setting, data, pin)?;
        master.with(|session| match master.find(session, "root")? {
            Some(_) => Ok(()),
            None if make => {
                master.generate(session, 1)?;
                let mut template = kept(&master.label("root"), KeyType::GENERIC_SECRET);
                template.extend([Attribute::Sign(true), Attribute::Verify(false)]);
                session.generate_key(&Mechanism::GenericSecretKeyGen, &template).map(drop).map_err(problem)
            }
            None => Err(KeyProblem::Token(format!(
                "トークンに鍵「{}」がありません。暗号化されたデータがすでにあるため、新しい鍵は作りません",
                master.label("root")
            ))),
        })?;
        Ok(master)
    }

    /// The token of a setting, whatever it holds.
    fn of_token(setting: &str, data: &Path, pin: Option<&str>) -> Result<Self, KeyProblem> {
        let place = Place::parse(setting, data)?;
        let pin = AuthPin::new(place.pin(pin)?.as_str().into());
        let library = library(&place.module)?;
        let mut found = None;
        for slot in library.get_slots_with_initialized_token().map_err(problem)? {
            if library.get_token_info(slot).map_err(problem)?.label().trim_end() == place.token {
                found = Some(slot);
            }
        }
        let slot =
            found.ok_or_else(|| KeyProblem::Token(format!("「{}」という名前のトークンがありません", place.token)))?;
        Ok(Self { place, pin, library, slot, turn: Mutex::new(()) })
    }

    /// Destroy every key of this master key in the token: the versions first, the root last. Answers how many there were.
    ///
    /// # Errors
    /// [`KeyProblem`]; run again, it goes on with what is left.
    pub(super) fn destroy(setting: &str, data: &Path, pin: Option<&str>) -> Result<u64, KeyProblem> {
        let master = Self::of_token(setting, data, pin)?;
        master.with(|session| {
            let names = master.held(session)?.into_iter().map(|version| version.to_string());
            let mut destroyed = 0;
            for name in names.chain(["root".to_owned()]) {
                if let Some(object) = master.find(session, &name)? {
                    session.destroy_object(object).map_err(problem)?;
                    destroyed += 1;
                }
            }
            Ok(destroyed)
        })
    }

    fn label(&self, what: &str) -> String {
        format!("{}-{what}", self.place.object)
    }

    /// Work in a session that is signed in.
    fn with<T>(&self, work: impl FnOnce(&Session) -> Result<T, KeyProblem>) -> Result<T, KeyProblem> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let session = self.library.open_rw_session(self.slot).map_err(problem)?;
        match session.login(UserType::User, Some(&self.pin)) {
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => work(&session),
            Err(error) => Err(problem(error)),
        }
    }

    fn find(&self, session: &Session, what: &str) -> Result<Option<ObjectHandle>, KeyProblem> {
        let label = self.label(what);
        let wanted = [Attribute::Class(ObjectClass::SECRET_KEY), Attribute::Label(label.clone().into_bytes())];
        let found = session.find_objects(&wanted).map_err(problem)?;
        match found.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(*one)),
            _ => Err(KeyProblem::Token(format!("トークンに「{label}」という鍵がいくつもあります"))),
        }
    }

    fn generate(&self, session: &Session, version: u32) -> Result<(), KeyProblem> {
        let mut template = kept(&self.label(&version.to_string()), KeyType::AES);
        template.extend([Attribute::Encrypt(true), Attribute::Decrypt(true), Attribute::Wrap(false)]);
        session.generate_key(&Mechanism::AesKeyGen, &template).map(drop).map_err(problem)
    }

    fn held(&self, session: &Session) -> Result<Vec<u32>, KeyProblem> {
        let start = self.label("");
        let wanted = [Attribute::Class(ObjectClass::SECRET_KEY), Attribute::KeyType(KeyType::AES)];
        let mut versions = Vec::new();
        for object in session.find_objects(&wanted).map_err(problem)? {
            for attribute in session.get_attributes(object, &[AttributeType::Label]).map_err(problem)? {
                let Attribute::Label(label) = attribute else { continue };
                let number: Option<u32> =
                    std::str::from_utf8(&label).ok().and_then(|label| label.strip_prefix(&start)?.parse().ok());
                versions.extend(number);
            }
        }
        versions.sort_unstable();
        Ok(versions)
    }

    fn version(&self, session: &Session, version: u32) -> Result<ObjectHandle, KeyProblem> {
        match self.find(session, &version.to_string())? {
            Some(object) => Ok(object),
            None => Err(KeyProblem::Version { needed: version, held: told(&self.held(session)?) }),
        }
    }
}

/// What every key here is: kept in the token, for those who are signed in, never given away.
fn kept(label: &str, kind: KeyType) -> Vec<Attribute> {
    vec![
        Attribute::Class(ObjectClass::SECRET_KEY),
        Attribute::KeyType(kind),
        Attribute::ValueLen(32.into()),
        Attribute::Label(label.as_bytes().to_vec()),
        Attribute::Token(true),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
    ]
}

/// A library is loaded and begun once in a program, and stays.
fn library(path: &Path) -> Result<Pkcs11, KeyProblem> {
    static LOADED: OnceLock<Mutex<BTreeMap<PathBuf, Pkcs11>>> = OnceLock::new();
    let mut loaded = LOADED.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(library) = loaded.get(path) {
        return Ok(library.clone());
    }
    let library = Pkcs11::new(path).map_err(|_| {
        KeyProblem::Token(format!("ライブラリ {} を読み込めません。module の場所を確かめてください", path.display()))
    })?;
    match library.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
        Err(error) => return Err(problem(error)),
    }
    loaded.insert(path.to_owned(), library.clone());
    Ok(library)
}

/// What the module says, in a word: its own texts are long and English.
fn problem(error: Error) -> KeyProblem {
    KeyProblem::Token(match error {
        Error::Pkcs11(RvError::PinIncorrect, _) => "PINが違います。続けて間違えるとトークンがロックされます".into(),
        Error::Pkcs11(RvError::PinLocked, _) => {
            "PINがロックされています。トークンの管理者に解除を求めてください".into()
        }
        Error::Pkcs11(RvError::TokenNotPresent | RvError::DeviceRemoved, _) => "トークンが挿さっていません".into(),
        Error::Pkcs11(value, function) => format!("{function:?} が {value:?} を返しました"),
        _ => "ライブラリとやり取りできません".into(),
    })
}

impl MasterKey for Pkcs11Master {
    fn provider(&self) -> &'static str {
        "pkcs11"
    }

    fn place(&self) -> String {
        format!("pkcs11:module={};token={};object={}", self.place.module.display(), self.place.token, self.place.object)
    }

    fn versions(&self) -> Result<Vec<u32>, KeyProblem> {
        self.with(|session| self.held(session))
    }

    fn next_version(&self, current: u32, _: &dyn Entropy) -> Result<u32, KeyProblem> {
        self.with(|session| {
            if let Some(newest) = self.held(session)?.into_iter().max().filter(|newest| *newest > current) {
                return Ok(newest);
            }
            self.generate(session, current + 1)?;
            Ok(current + 1)
        })
    }

    fn retire_before(&self, version: u32) -> Result<(), KeyProblem> {
        self.with(|session| {
            for old in self.held(session)?.into_iter().filter(|held| *held < version) {
                let object = self.version(session, old)?;
                session.destroy_object(object).map_err(problem)?;
            }
            Ok(())
        })
    }

    fn wrap(&self, version: u32, bound: &str, key: &Secret, entropy: &dyn Entropy) -> Result<Vec<u8>, KeyProblem> {
        let mut nonce = [0; NONCE];
        entropy.fill(&mut nonce);
        self.with(|session| {
            let object = self.version(session, version)?;
            let mut used = nonce;
            let params = GcmParams::new(&mut used, bound.as_bytes(), TAG_BITS.into()).map_err(problem)?;
            let text = session.encrypt(&Mechanism::AesGcm(params), object, key.expose()).map_err(problem)?;
            Ok([&nonce[..], &text].concat())
        })
    }

    fn unwrap(&self, version: u32, bound: &str, wrapped: &[u8]) -> Result<Secret, KeyProblem> {
        let (nonce, text) = wrapped.split_first_chunk::<NONCE>().ok_or(KeyProblem::Foreign)?;
        self.with(|session| {
            let object = self.version(session, version)?;
            let mut nonce = *nonce;
            let params = GcmParams::new(&mut nonce, bound.as_bytes(), TAG_BITS.into()).map_err(problem)?;
            let clear = session.decrypt(&Mechanism::AesGcm(params), object, text).map_err(|_| KeyProblem::Foreign)?;
            Secret::from_slice(&Zeroizing::new(clear)).ok_or(KeyProblem::Foreign)
        })
    }

    /// HKDF-Expand (RFC 5869, 2.3) of one block: HMAC over the purpose and the byte 01, reckoned inside the module.
    fn derive(&self, purpose: &str) -> Result<Secret, KeyProblem> {
        let mut text = info(purpose).into_bytes();
        text.push(1);
        self.with(|session| {
            let root = self.find(session, "root")?.ok_or(KeyProblem::Foreign)?;
            let key = Zeroizing::new(session.sign(&Mechanism::Sha256Hmac, root, &text).map_err(problem)?);
            key.get(..LENGTH).and_then(Secret::from_slice).ok_or(KeyProblem::Foreign)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_is_not_whole_is_told() {
        for (setting, word) in [
            ("", "module"),
            ("module=/x", "token"),
            ("module=/x;token=t", "object"),
            ("module=/x;token=t;object=", "object"),
            ("module=/x;token=t;object=o;pin=1234", "「pin」"),
            ("module=/x;token=t;token=t;object=o", "二つ"),
            ("module", "=」がありません"),
        ] {
            let told = Place::parse(setting, Path::new("/")).err().unwrap().to_string();
            assert!(told.contains(word) && !told.contains("1234"), "{setting}: {told}");
        }
        let place = Place::parse("module=/x;token=t;object=o;pin-file=keys/pin", Path::new("/data")).unwrap();
        assert_eq!(place.pin_file.as_deref(), Some(Path::new("/data/keys/pin")));
        assert!(Place::parse("module=/x;token=t;object=o", Path::new("/")).unwrap().pin(None).is_err());
    }
}
