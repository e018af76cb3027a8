//! `daicho keys`.

use std::path::{Path, PathBuf};

use calendar::{format_instant, jst_date};
use clap::{Args, Subcommand};
use journal::{LONGEST_NOTE, VerifierKey};
use serde_json::json;

use super::{End, Failure, Line, ambient};
use crate::installation::Installation;
use crate::leaving::DestructionCertificate;
use vault::Certificate;

/// Arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// 鍵の版、年齢、次の更新の期限を表示する(鍵そのものは表示しない)
    Status {
        /// 結果をJSONで表示する
        #[arg(long)]
        json: bool,
    },
    /// マスター鍵を更新する。利用者は更新の間も使い続けられる
    Rotate,
    /// 使っている暗号を、電子政府推奨暗号リストと照らして表示する
    Algorithms,
    /// 消去証明書を公開鍵で確かめる。台帳もネットワークも要らない(終了コード: 0 本物、1 そうでない)
    CheckCertificate {
        /// 消去証明書のファイル
        file: PathBuf,
        /// 発行した台帳の公開鍵(名前+識別子+鍵)
        #[arg(long, value_name = "VKEY")]
        key: String,
        /// 結果をJSONで表示する
        #[arg(long)]
        json: bool,
    },
}

/// Show the state of the keys, or renew the master key.
pub fn run(line: &Line, arguments: &Arguments) -> Result<End, Failure> {
    match &arguments.act {
        Act::Status { json } => status(line, *json),
        Act::Rotate => rotate(line),
        Act::Algorithms => algorithms(),
        Act::CheckCertificate { file, key, json } => check_certificate(file, key, *json),
    }
}

/// The keys of an installation that is there already.
fn keys(line: &Line) -> Result<(Installation, std::sync::Arc<vault::Vault>), Failure> {
    let installation = line.open()?;
    let vault = installation.vault.clone();
    Ok((installation, vault))
}

fn status(line: &Line, as_json: bool) -> Result<End, Failure> {
    let (installation, vault) = keys(line)?;
    let status = vault.status()?;
    let today = jst_date(ambient().clock.now());
    let current = status.versions.iter().find(|version| version.version == status.state.master);
    let due = current.map(|version| vault::due(&installation.settings.key_rotation, jst_date(version.made_at), today));
    let days = current.map(|version| (today - jst_date(version.made_at)).num_days());
    if as_json {
        let versions: Vec<_> = status
            .versions
            .iter()
            .map(|version| {
                json!({
                    "version": version.version,
                    "provider": version.provider,
                    "made_at": version.made_at,
                    "retired_at": version.retired_at,
                })
            })
            .collect();
        let told = json!({
            "master_key": status.place,
            "provider": status.provider,
            "held": status.held,
            "current": status.state.master,
            "generation": status.state.generation,
            "versions": versions,
            "age_days": days,
            "rotate_by": due,
            "overdue": due.is_some_and(|due| due < today),
            "holders": status.count.live,
            "erased": status.count.erased,
            "algorithms": { "values": "AES-256-GCM", "derivation": "HKDF-SHA256", "tokens": "HMAC-SHA256" },
        });
        println!("{}", serde_json::to_string_pretty(&told)?);
        return Ok(End::Done);
    }
    println!("マスター鍵      {}", status.place);
    println!("暗号方式        AES-256-GCM(値と鍵)、HKDF-SHA256(用途ごとの鍵)、HMAC-SHA256(検索)");
    println!("今の版          第{}版({}日前から)", status.state.master, days.unwrap_or_default());
    if let Some(due) = due {
        let late = if due < today {
            "。期限を過ぎています。「daicho keys rotate」を実行してください"
        } else {
            ""
        };
        println!("次の更新の期限  {due}{late}");
    }
    println!("個人の鍵        {}人(ほかに消去済み{}人)", status.count.live, status.count.erased);
    println!("これまでの版");
    for version in &status.versions {
        let end = version.retired_at.map_or("使用中".to_string(), |at| format!("{} 廃棄", format_instant(at)));
        println!("  第{}版  {}  {} から  {end}", version.version, version.provider, format_instant(version.made_at));
    }
    if status.held.len() > 1 {
        println!("更新が途中です。「daicho keys rotate」をもう一度実行してください。");
    }
    Ok(End::Done)
}

fn rotate(line: &Line) -> Result<End, Failure> {
    let (_, vault) = keys(line)?;
    let done = vault.rotate()?;
    println!("マスター鍵を第{}版から第{}版に更新しました。第{}版以前は廃棄しました。", done.from, done.to, done.from);
    println!("金庫に保管したマスター鍵の写しを、今の版に取り替えてください。古い写しは廃棄します。");
    Ok(End::Done)
}

fn algorithms() -> Result<End, Failure> {
    let table = vault::algorithms().ok_or("組み込まれた暗号の表を読めません。")?;
    let late = if table.review < jst_date(ambient().clock.now()) { "(期限を過ぎています)" } else { "" };
    println!("電子政府推奨暗号リスト {}、要見直し {}{late}", table.list, table.review);
    for row in &table.rows {
        println!("{}\t{}\t{}\t{}", row.purpose, row.name, row.standing, row.note);
    }
    Ok(End::Done)
}

fn check_certificate(file: &Path, key: &str, as_json: bool) -> Result<End, Failure> {
    let key = VerifierKey::parse(key.trim())?;
    let length = std::fs::metadata(file).map_err(|error| format!("{} を読めません: {error}", file.display()))?.len();
    if length > LONGEST_NOTE as u64 {
        return Err(format!("{} は消去証明書としては大きすぎます。", file.display()).into());
    }
    let text = std::fs::read_to_string(file).map_err(|error| format!("{} を読めません: {error}", file.display()))?;
    if crate::leaving::kind(&text).as_deref() == Some(crate::leaving::DESTRUCTION) {
        return check_destruction(&text, &key, as_json);
    }
    let certificate =
        Certificate::open(&text, &key).map_err(|problem| format!("この消去証明書は確かめられません: {problem}"))?;
    if as_json {
        println!("{}", serde_json::to_string_pretty(&certificate)?);
        return Ok(End::Done);
    }
    println!("本物です。{} の鍵「{}」で署名され、書き換えられていません。", certificate.agency, key.name);
    println!("番号    {}", certificate.number);
    println!("本人    {}(番号で表しています)", certificate.holder);
    for part in &certificate.erased {
        println!("消去    {}: {}件の記録の{}項目、{}個の値", part.label, part.records, part.fields.len(), part.values);
    }
    println!("鍵      第{}版、SHA-256 {}", certificate.key.version, certificate.key.fingerprint);
    if let Some(sealed) = &certificate.journal {
        println!("証跡    {}件の封印のあと、値 {}", sealed.size, sealed.root);
    }
    for (word, act) in
        [("申請", &certificate.requested), ("承認", &certificate.approved), ("実行", &certificate.executed)]
    {
        println!("{word}    {} 利用者 {}", format_instant(act.at.to_utc()), act.account);
    }
    Ok(End::Done)
}

fn check_destruction(text: &str, key: &VerifierKey, as_json: bool) -> Result<End, Failure> {
    let certificate = DestructionCertificate::open(text, key)
        .map_err(|problem| format!("この消去証明書は確かめられません: {problem}"))?;
    if as_json {
        println!("{}", serde_json::to_string_pretty(&certificate)?);
        return Ok(End::Done);
    }
    println!("本物です。{} の鍵「{}」で署名され、書き換えられていません。", certificate.agency, key.name);
    println!("契約    {}(申請 {}、{})", certificate.contract, certificate.number, certificate.basis);
    let held = &certificate.holdings;
    println!(
        "情報    台帳 {}種類、記録 {}件、添付ファイル {}件、証跡 {}件",
        held.ledgers.len(),
        held.records,
        held.attachments,
        held.entries
    );
    println!("封印    {}、{}件、{}", certificate.journal.origin, certificate.journal.size, certificate.journal.root);
    for one in &certificate.destroyed {
        let found = if one.found_gone { "(着手したときには既になかった)" } else { "" };
        println!(
            "消去    {} {} {}  {}{found}",
            format_instant(one.at.to_utc()),
            one.method.words(),
            one.what,
            one.place
        );
    }
    for left in &certificate.left {
        println!("残る    {left}");
    }
    for backup in &certificate.kept_backups {
        println!("残る    バックアップ {}/{} SHA-256 {}", backup.place, backup.file, backup.sha256);
    }
    for (word, act) in [("申請", &certificate.requested), ("承認", &certificate.approved)] {
        println!("{word}    {} 利用者 {}", format_instant(act.at.to_utc()), act.account);
    }
    println!(
        "期間    {} から {} まで",
        format_instant(certificate.begun.to_utc()),
        format_instant(certificate.ended.to_utc())
    );
    Ok(End::Done)
}
