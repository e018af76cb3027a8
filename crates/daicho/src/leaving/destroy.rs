//! Destroying an installation. Everything that can be refused is refused before the plan stands; from then on it is only
//! carried to its end, by as many runs as it takes. What a certificate says was destroyed is known to be gone.

use std::path::{Path, PathBuf};

use chrono::{DateTime, FixedOffset};
use journal::{Checkpoint, SignedNote, SigningKey, VerifierKey};
use ledger::port::Reader;
use store::PostgresPlace;
use vault::jst;

use super::certificate::{Destroyed, DestructionCertificate, put};
use super::plan::{Done, FOLDER, HandedOver, HeldIn, Holdings, Plan, Sealing, Target, note_done};
use super::{LeavingProblem, inventory, manifest, paper, request, told};
use crate::hold::{self, Hold};
use crate::installation::{Ambient, Installation, SIGNING_KEY};
use crate::seal::Sealer;
use crate::settings::Settings;

/// Told of every step; `false` stops, as a power cut would.
pub type Progress<'p> = &'p mut dyn FnMut(&str) -> bool;

/// What is to be destroyed, and on whose word.
pub struct Order<'o> {
    /// Data directory.
    pub data: &'o Path,
    /// Its settings.
    pub settings: Settings,
    /// Clock and randomness.
    pub ambient: Ambient,
    /// Number of the approved request.
    pub number: &'o str,
    /// Folder of an export of everything.
    pub export: Option<&'o Path>,
    /// Why there is none.
    pub without_export: Option<&'o str>,
    /// Leave the backups where they are.
    pub keep_backups: bool,
    /// Folder for the certificate, outside of the data directory.
    pub out: &'o Path,
}

/// A destruction that can be carried out; nothing has been touched. Until it ends nobody else opens the installation.
pub struct Prepared {
    /// What will be done.
    pub plan: Plan,
    sealer: Sealer,
    data: PathBuf,
    settings: Settings,
    ambient: Ambient,
    held: Hold,
}

/// How a destruction ended.
pub struct Ended {
    /// What the certificate says; none where it was written by an earlier run.
    pub certificate: Option<DestructionCertificate>,
    /// The signed note.
    pub note: PathBuf,
    /// The public key that it is checked with.
    pub vkey: String,
}

/// Check everything that could stand in the way, and make the plan.
///
/// # Errors
/// [`LeavingProblem`]; nothing has changed.
pub fn prepare(order: &Order<'_>) -> Result<Prepared, LeavingProblem> {
    let data = order.data.canonicalize().map_err(LeavingProblem::file(order.data))?;
    let held = alone(&data, &order.settings)?;
    let vault = Installation::open_vault(&data, &order.settings, &order.ambient)?;
    let installation = Installation::open_with(&data, vault, order.settings.clone(), order.ambient.clone())?;
    let agreed = request::approved(&installation, order.number)?;
    let sealer = Sealer::open(&installation)?;
    sealer.seal_all(&installation)?;
    let newest = installation.store.read(|tx: &mut dyn Reader| tx.newest_checkpoint())?;
    let newest = newest.ok_or_else(|| told("証跡の封印がありません。"))?;
    let sealed = SignedNote::parse(&newest.note)
        .and_then(|note| Checkpoint::parse(&note.text))
        .map_err(|problem| told(problem.to_string()))?;
    let handed_over = handed_over(order, &data, sealer.key().verifier(), sealed.size)?;
    std::fs::create_dir_all(order.out).map_err(LeavingProblem::file(order.out))?;
    let out = outside(&data, order.out)?;
    let (kernel, record) = (installation.kernel(), &agreed.record);
    let text = |name: &str| record.text(name).unwrap_or_default().to_owned();
    let basis = kernel.catalogue.ledger(&record.ledger).and_then(|ledger| {
        Some(ledger::value::format(ledger.field("basis")?, record.value("basis"), &kernel.catalogue))
    });
    let (holdings, generations) = (holdings(&installation, sealed.size)?, inventory::generations(&installation)?);
    let now = jst(kernel.now());
    // Closed before its files are listed: some go with the last connection.
    drop((kernel, installation));
    let found = inventory::of(&data, &order.settings, generations, order.keep_backups)?;
    let plan = Plan {
        agency: order.settings.agency.clone(),
        number: text("number"),
        request: record.id.clone(),
        contract: text("contract"),
        basis: basis.unwrap_or_default(),
        begun: now.max(agreed.approved.at),
        requested: agreed.requested,
        approved: agreed.approved,
        handed_over,
        holdings,
        journal: Sealing { origin: sealed.origin, size: sealed.size, root: hex::encode(sealed.root) },
        items: found.items,
        kept_backups: found.kept,
        left: found.left,
        out,
    };
    let certificate = files(&plan).note;
    if certificate.exists() {
        return Err(told(format!("{} がすでにあります。別のフォルダーを指定してください。", certificate.display())));
    }
    // The place of the certificate is tried before it is needed.
    let probe = plan.out.join(".daicho-probe");
    put(&probe, b"").and_then(|()| std::fs::remove_file(&probe)).map_err(LeavingProblem::file(&plan.out))?;
    Ok(Prepared { plan, sealer, data, settings: order.settings.clone(), ambient: order.ambient.clone(), held })
}

impl Prepared {
    /// Carry it out.
    ///
    /// # Errors
    /// [`LeavingProblem`]: before the plan stands, nothing has changed; after that [`go_on`] goes on.
    pub fn carry_out(self, progress: Progress<'_>) -> Result<Ended, LeavingProblem> {
        let key = self.sealer.key();
        self.plan.write(&self.data, key)?;
        let run = Run { data: &self.data, settings: &self.settings, ambient: &self.ambient, key };
        let ended = run.items(&self.plan, progress);
        drop(self.held);
        ended
    }
}

/// Go on with a destruction that was begun and did not come to its end.
///
/// # Errors
/// [`LeavingProblem`]; it can be tried again.
pub fn go_on(
    data: &Path,
    settings: &Settings,
    ambient: &Ambient,
    progress: Progress<'_>,
) -> Result<Ended, LeavingProblem> {
    let data = data.canonicalize().map_err(LeavingProblem::file(data))?;
    let _held = alone(&data, settings)?;
    let path = data.join(vault::FOLDER).join(SIGNING_KEY);
    let key = SigningKey::load(&path).map_err(|problem| told(problem.to_string()))?;
    match key {
        Some(key) => {
            let plan = Plan::read(&data, key.verifier())?;
            Run { data: &data, settings, ambient, key: &key }.items(&plan, progress)
        }
        // The key goes when the certificate stands: only the traces are left.
        None => {
            let plan = Plan::read_unsigned(&data)?;
            let written = files(&plan);
            let vkey = std::fs::read_to_string(&written.public).map_err(LeavingProblem::file(&written.public))?;
            let note = std::fs::read_to_string(&written.note).map_err(LeavingProblem::file(&written.note))?;
            VerifierKey::parse(vkey.trim())
                .map_err(|problem| problem.to_string())
                .and_then(|key| DestructionCertificate::open(&note, &key).map_err(|problem| problem.to_string()))
                .map_err(told)?;
            sweep(&data)?;
            Ok(Ended { certificate: None, note: written.note, vkey: vkey.trim().to_owned() })
        }
    }
}

struct Run<'r> {
    data: &'r Path,
    settings: &'r Settings,
    ambient: &'r Ambient,
    key: &'r SigningKey,
}

impl Run<'_> {
    fn items(&self, plan: &Plan, progress: Progress<'_>) -> Result<Ended, LeavingProblem> {
        let mut step = |words: &str| match progress(words) {
            true => Ok(()),
            false => Err(told("途中で止めました。もう一度実行すると、続きから消去します。")),
        };
        let done = plan.done(self.data)?;
        let (mut destroyed, mut failed) = (Vec::new(), Vec::new());
        for (at, item) in plan.items.iter().enumerate() {
            let known = done.iter().find(|done| done.item == at).cloned();
            let done = match known {
                Some(done) => done,
                None => {
                    step(&format!("{}: {}", item.what, item.place))?;
                    let there = match self.destroy(&item.target) {
                        Ok(there) => there,
                        // Without the key destroyed nothing is: the rest stays as it is.
                        Err(problem) if at == 0 => return Err(problem),
                        Err(problem) => {
                            failed.push(format!("{}（{}）: {problem}", item.what, item.place));
                            continue;
                        }
                    };
                    step("")?;
                    let done = Done { item: at, at: self.now().max(plan.begun), found_gone: !there };
                    note_done(self.data, &done)?;
                    done
                }
            };
            destroyed.push(Destroyed {
                what: item.what.clone(),
                place: item.place.clone(),
                size: item.size,
                method: item.method,
                at: done.at,
                found_gone: done.found_gone,
            });
        }
        if !failed.is_empty() {
            return Err(told(format!(
                "次のものを消去できません。原因を除いて、もう一度実行してください。それまで消去証明書は作りません。\n{}",
                failed.join("\n")
            )));
        }
        step("消去証明書")?;
        let written = files(plan);
        let vkey = self.key.verifier().to_string();
        let certificate = DestructionCertificate::of(plan, destroyed);
        let note = certificate.sign(self.key).map_err(|problem| told(problem.to_string()))?;
        let pdf = paper::print(self.settings, &certificate, &note, &vkey, self.ambient.clock.now())?;
        put(&written.paper, &pdf).map_err(LeavingProblem::file(&written.paper))?;
        put(&written.public, format!("{vkey}\n").as_bytes()).map_err(LeavingProblem::file(&written.public))?;
        step("")?;
        put(&written.note, note.as_bytes()).map_err(LeavingProblem::file(&written.note))?;
        // Whoever had the key could still sign in its name.
        step("署名の鍵")?;
        let key = self.data.join(vault::FOLDER).join(SIGNING_KEY);
        vault::shred(&key).map_err(LeavingProblem::file(&key))?;
        step("")?;
        sweep(self.data)?;
        Ok(Ended { certificate: Some(certificate), note: written.note, vkey })
    }

    fn now(&self) -> DateTime<FixedOffset> {
        jst(self.ambient.clock.now())
    }

    /// Destroy one thing; whether it was there. When this returns without error it is gone.
    fn destroy(&self, target: &Target) -> Result<bool, LeavingProblem> {
        match target {
            Target::Master(setting) => {
                let pin = self.settings.master_key_pin.as_ref().map(|pin| pin.0.as_str());
                Ok(vault::destroy_master(setting, self.data, pin)? > 0)
            }
            Target::Schema(name) => {
                let url = self.settings.database_url.as_deref();
                let url = url.ok_or_else(|| told("PostgreSQLの接続先を --database-url で指定してください"))?;
                let place = PostgresPlace::of(url)?;
                if *name != place.schema && !name.starts_with(&format!("{}_", place.schema)) {
                    return Err(told(format!(
                        "接続先の検索パスは「{}」です。始めたときと同じ接続先を指定してください",
                        place.schema
                    )));
                }
                Ok(place.drop_own(url, name, false)?)
            }
            Target::Path(path) => shred(path).map_err(LeavingProblem::file(path)),
        }
    }
}

/// Overwrite and remove a file with its log, or every file of a folder. Links are removed, not followed.
fn shred(path: &Path) -> std::io::Result<bool> {
    let kind = match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        found => found?.file_type(),
    };
    if kind.is_symlink() {
        std::fs::remove_file(path)?;
    } else if kind.is_dir() {
        for found in std::fs::read_dir(path)? {
            shred(&found?.path())?;
        }
        std::fs::remove_dir(path)?;
    } else {
        for ending in inventory::LOGS {
            let mut log = path.as_os_str().to_owned();
            log.push(ending);
            if Path::new(&log).is_file() {
                vault::shred(Path::new(&log))?;
            }
        }
        vault::shred(path)?;
    }
    Ok(true)
}

/// Take away what only served the destruction, and the folders where nothing of others is left.
fn sweep(data: &Path) -> Result<(), LeavingProblem> {
    let _ = std::fs::remove_dir(data.join(vault::FOLDER));
    let begun = data.join(FOLDER);
    match std::fs::remove_dir_all(&begun) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(LeavingProblem::file(&begun)(error)),
        _ => {}
    }
    let _ = std::fs::remove_file(data.join(hold::FILE));
    let _ = std::fs::remove_dir(data);
    Ok(())
}

/// Nobody else uses the data directory or the database.
fn alone(data: &Path, settings: &Settings) -> Result<Hold, LeavingProblem> {
    let held = Hold::alone(data).map_err(told)?;
    if let Some(url) = &settings.database_url
        && PostgresPlace::sessions(url)? > 0
    {
        return Err(told(
            "このデータベースを使っているプログラム(daicho serve、daicho worker など)があります。止めてから、もう一度実行してください。",
        ));
    }
    Ok(held)
}

/// The files of the certificate.
struct Files {
    note: PathBuf,
    paper: PathBuf,
    public: PathBuf,
}

fn files(plan: &Plan) -> Files {
    let file = |ending: &str| plan.out.join(format!("消去証明書-{}.{ending}", plan.number));
    Files { note: file("txt"), paper: file("pdf"), public: file("pub") }
}

/// Whether the export still is all there is.
fn handed_over(order: &Order<'_>, data: &Path, key: &VerifierKey, entries: u64) -> Result<HandedOver, LeavingProblem> {
    let folder = match (order.export, order.without_export.map(str::trim)) {
        (Some(folder), None) => folder,
        (None, Some(reason)) if !reason.is_empty() => return Ok(HandedOver::Nothing(reason.to_owned())),
        _ => return Err(told("--export に全ての出力のフォルダーか、--without-export に理由を指定してください。")),
    };
    outside(data, folder)?;
    let (manifest, sha256) = manifest::read(folder)?;
    if manifest.vkey != key.to_string() {
        return Err(told("この出力は、別の台帳のものです。"));
    }
    if manifest.meanwhile > 0 || manifest.entries != entries {
        return Err(told(
            "出力の後(または間)に、台帳が変わっています。提供を止め、「daicho export --all」で出力し直してください。",
        ));
    }
    Ok(HandedOver::Export(sha256))
}

/// The path as it is, unless it is in the data directory.
fn outside(data: &Path, path: &Path) -> Result<PathBuf, LeavingProblem> {
    let path = path.canonicalize().map_err(LeavingProblem::file(path))?;
    match path.starts_with(data) {
        true => Err(told("出力と証明書は、データのフォルダーの外に置いてください。")),
        false => Ok(path),
    }
}

fn holdings(installation: &Installation, entries: u64) -> Result<Holdings, LeavingProblem> {
    let (held, kernel) = (installation.store.held()?, installation.kernel());
    let status = installation.vault.status()?;
    let label =
        |name: &str| kernel.catalogue.ledger(name).map_or_else(|| name.to_owned(), |ledger| ledger.label.clone());
    Ok(Holdings {
        records: held.ledgers.iter().map(|(_, records)| records).sum(),
        ledgers: held
            .ledgers
            .into_iter()
            .map(|(ledger, records)| HeldIn { label: label(&ledger), ledger, records })
            .collect(),
        entries,
        attachments: held.attachments,
        mails: held.mails,
        keys: status.count.live,
        master_version: status.state.master,
    })
}
