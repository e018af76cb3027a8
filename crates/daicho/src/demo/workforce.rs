//! Who works on a contract of the sample, where and with what, and what was entrusted to them: enough of every ledger of
//! people, protection and custody that its pages can be looked at, some of it waiting for somebody.

use calendar::FiscalYear;
use chrono::{Days, Months, NaiveDate};
use ledger::port::{Attachment, Writer};
use ledger::{Principal, Record, Refusal};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::contracts::Stage;

/// Of one contract: who acts, and the day on which they do.
pub(super) struct Workforce<'a> {
    pub(super) stage: &'a Stage<'a>,
    pub(super) lead: &'a Principal,
    pub(super) supervisor: &'a Principal,
    /// Identifier of the contract.
    pub(super) contract: &'a str,
    /// Name of the firm.
    pub(super) firm: &'a str,
    /// With what waits for somebody; else only what is settled.
    pub(super) full: bool,
}

impl Workforce<'_> {
    /// Add all of it.
    pub(super) fn play(&self) -> Result<(), Refusal> {
        let day = self.stage.kernel.today();
        let [chief, operator] = self.people(day)?;
        self.firms(day)?;
        self.places(day, &operator)?;
        let structure = self.documents(day)?;
        self.training(day, &chief, &operator)?;
        if !self.full {
            return Ok(());
        }
        self.entrusted(day, &chief, &operator, &structure)?;
        self.checks(day, &operator)
    }

    /// A record of the contractor, taken through these acts; `!` before an act means that the supervisor does it.
    fn add(&self, ledger: &str, values: Value, acts: &[(&str, Value)]) -> Result<Record, Refusal> {
        self.by(self.lead, ledger, values, acts)
    }

    fn by(&self, who: &Principal, ledger: &str, mut values: Value, acts: &[(&str, Value)]) -> Result<Record, Refusal> {
        if let Value::Object(values) = &mut values {
            values.insert("engagement".into(), self.contract.into());
        }
        let mut record = self.stage.create(who, ledger, values)?;
        for (act, values) in acts {
            let (who, act) = match act.strip_prefix('!') {
                Some(act) => (self.supervisor, act),
                None => (self.lead, *act),
            };
            record = self.stage.take(who, &record, act, values.clone())?;
        }
        Ok(record)
    }

    /// A document that the lead hands in.
    fn file(&self, name: &str) -> Result<Value, Refusal> {
        let content = format!("見本の文書です（{name}）。").into_bytes();
        let file = Attachment {
            id: self.stage.kernel.new_id(),
            name: name.into(),
            media_type: "text/plain".into(),
            sha256: hex::encode(Sha256::digest(&content)),
            content,
            stored_by: self.lead.actor.account.clone(),
            stored_at: self.stage.kernel.now(),
        };
        let described = json!([{
            "id": file.id, "name": file.name, "media_type": file.media_type, "sha256": file.sha256,
            "size": file.content.len(),
        }]);
        self.stage.store().write(move |tx: &mut dyn Writer| tx.add_attachment(&file))?;
        Ok(described)
    }

    /// What is asked of people, the two who work, one who waits to be approved, a change, an absence and the notice.
    fn people(&self, day: NaiveDate) -> Result<[Record; 2], Refusal> {
        let rule = |name: &str, duty: &str, experience: &str, years: u32| {
            json!({
                "name": name, "duty": duty, "experience": experience, "years": years, "clause": "要員の要件",
                "accepted": [{ "name": "プロジェクトマネージャ試験" }, { "name": "情報処理安全確保支援士" }],
            })
        };
        let leading = self.by(self.supervisor, "staffing_rule", rule("統括責任者", "lead", "leadership", 5), &[])?;
        let operating =
            self.by(self.supervisor, "staffing_rule", rule("運用担当", "operation", "operation", 1), &[])?;
        let worker = |name: &str, kana: &str, duty: &str, experience: &str, rule: &Record| {
            json!({
                "duty": duty, "rule": rule.id, "works": "運用と監視", "starts_on": day, "name": name, "kana": kana,
                "company": self.firm, "department": "運用部", "position": "主任", "employment": "own",
                "contact": "03-0000-0000", "nationality": "日本", "birth_date": "1985-05-05", "handles": true,
                "handle_reason": "利用者の問合せに答えるため", "pledged_on": day,
                "qualifications": [{ "name": "情報処理安全確保支援士", "security": true, "acquired_on": "2020-04-01" }],
                "trainings": [{ "name": "情報セキュリティ研修", "security": true, "held_on": day - Days::new(60) }],
                "careers": [{ "experience": experience, "from": "2012-04-01", "to": "2024-03-31", "content": "見本の業務" }],
                "skills": [{ "skill": "監視の運用", "level": "3", "assessed_on": day, "plan": "後輩に教える" }],
            })
        };
        let approved = [("propose", json!({})), ("!approve", json!({}))];
        let chief =
            self.add("worker", worker("見本 統", "ミホン オサム", "lead", "leadership", &leading), &approved)?;
        let operator =
            self.add("worker", worker("見本 操", "ミホン ミサオ", "operation", "operation", &operating), &approved)?;
        let chief = self.stage.take(self.lead, &chief, "update", json!({ "briefed_on": day }))?;
        if !self.full {
            return Ok([chief, operator]);
        }
        let waiting = worker("見本 加奈", "ミホン カナ", "operation", "operation", &operating);
        self.add("worker", waiting, &[("propose", json!({}))])?;
        let change = json!({
            "side": "contractor", "kind": "structure", "reason": "見本: 監視の担当を二人にする。",
            "effective_on": day + Days::new(14),
        });
        self.add("worker_change", change, &[("submit", json!({}))])?;
        let absence = json!({
            "absent": operator.id, "cause": "transport", "from": day, "to": day, "substitute": chief.id,
            "gap_hours": "0.0",
        });
        self.add("absence_cover", absence, &[])?;
        let notice = json!({
            "kind": "own", "change": false, "effective_on": day, "addressee": "情報システム課長",
            "representative": "代表取締役 見本 一郎", "address": "見本市1-1",
            "firms": [{ "capital": "独立", "officers": "見本 一郎", "place": "見本市", "address": "見本市1-1 03-0000-0000", "scope": "運用" }],
            "workers": [chief.id, operator.id],
            "contracts": [{ "party": "見本市", "system": "人事システム", "year": "令和7年度" }],
        });
        self.add("staff_notice", notice, &[("file", json!({}))])?;
        Ok([chief, operator])
    }

    /// What the firm shows of itself, and a part for another firm.
    fn firms(&self, day: NaiveDate) -> Result<(), Refusal> {
        let mark = json!({
            "kind": "privacy", "name": "プライバシーマーク", "registration": "見本-00000000",
            "valid_from": day - Months::new(20), "valid_to": day + Months::new(4),
        });
        self.add("company_evidence", mark, &[("!confirm", json!({ "checked_on": day }))])?;
        if !self.full {
            return Ok(());
        }
        let service = json!({
            "kind": "ismap", "name": "見本クラウド", "registration": "見本-00-0000",
            "valid_from": day - Months::new(6), "valid_to": day + Months::new(6),
        });
        self.add("company_evidence", service, &[])?;
        let part = json!({
            "firm": "架空開発株式会社", "address": "架空市1-1", "scope": "試験の実施", "amount": 1_000_000,
            "necessity": "専門の試験に慣れているため", "capability": "同じ試験を5件行った", "method": "毎月の報告と実地の点検",
            "core": false, "minor": false, "personal": false, "protected": false, "suspended": false, "barred": false,
            "starts_on": day, "ends_on": FiscalYear::of(day).last_day(),
            "flow_down": [
                "security", "secrecy", "minimum", "personal", "tracing", "staff", "report", "incident", "disposal", "tiers",
                "barred",
            ],
        });
        self.add("subcontract", part, &[("apply", json!({}))]).map(drop)
    }

    /// Where they work, what crosses the border of a site, and what one side asks of the other.
    fn places(&self, day: NaiveDate, operator: &Record) -> Result<(), Refusal> {
        let own = json!({
            "name": "本社 運用室", "address": "見本市1-1", "works": "運用と監視",
            "prevention": "入退室を記録し、書類は施錠した保管庫に置く。",
        });
        self.add("work_place", own, &[("propose", json!({})), ("!approve", json!({}))])?;
        if !self.full {
            return Ok(());
        }
        let test = json!({
            "kind": "agency", "exception": "test", "name": "検証室", "address": "見本区1-1", "works": "総合テスト",
            "reason": "検証環境が庁舎にあるため", "prevention": "検証用の端末だけを使う。",
        });
        self.add("work_place", test, &[("propose", json!({}))])?;
        let from = |hour: i64| super::at(day + Days::new(3), hour).to_rfc3339();
        let entry = json!({
            "kind": "bring_in", "place": "見本庁舎 3階", "purpose": "障害の切分け", "item": "試験用の端末 1台",
            "people": [operator.id], "planned_from": from(10), "planned_to": from(12),
        });
        self.add("site_entry", entry, &[("!permit", json!({}))])?;
        let data = json!({
            "kind": "data_out", "place": "見本庁舎 3階", "purpose": "動作の解析", "item": "動作の記録 1件",
            "means": "encrypted_line", "people": [operator.id], "planned_from": from(13), "planned_to": from(14),
        });
        self.add("site_entry", data, &[])?;
        let asked = json!({
            "side": "agency", "kind": "material", "subject": "見本: 個人情報の管理状況",
            "content": "管理の状況が分かる資料を出してください。", "answer_by": day + Days::new(7),
        });
        self.by(self.supervisor, "request", asked, &[])?;
        let question = json!({
            "side": "contractor", "kind": "question", "subject": "見本: 監視の対象",
            "content": "試験用の機器も監視の対象に含めますか。", "answer_by": day + Days::new(5),
        });
        self.add("request", question, &[("!answer", json!({ "answer": "含めません。" }))]).map(drop)
    }

    /// Structure and list of software, confirmed; procedure, waiting; a terminal that uses the list. Gives the structure.
    fn documents(&self, day: NaiveDate) -> Result<Record, Refusal> {
        let document = |kind: &str, more: Value, acts: &[(&str, Value)]| {
            let mut values = json!({
                "kind": kind, "edition": "1.0", "effective_on": day + Days::new(14), "review_on": day + Months::new(11),
                "readers": "取扱者",
            });
            if let (Value::Object(values), Value::Object(more)) = (&mut values, more) {
                values.extend(more);
            }
            let approval =
                json!({ "approved_by": "代表取締役", "approved_on": day, "file": self.file(&format!("{kind}.txt"))? });
            let mut all = vec![("approve", approval), ("file", json!({}))];
            all.extend_from_slice(acts);
            self.add("policy_document", values, &all)
        };
        let confirmed = [("!confirm", json!({}))];
        let structure = document("management", json!({}), &confirmed)?;
        if self.full {
            document("procedure", json!({}), &[])?;
        }
        let roles = json!({ "roles": [
            { "side": "agency", "unit": "情報システム課", "duty": "承認と調整" },
            { "side": "contractor", "unit": "統括責任者", "duty": "業務全体の統括" },
            { "side": "contractor", "unit": "運用担当", "duty": "運用と監視" },
        ] });
        document("structure", roles, &confirmed)?;
        let lists = json!({
            "allowed": [{ "name": "表計算" }, { "name": "ブラウザ" }, { "name": "監視の画面" }],
            "forbidden": [{ "name": "ファイル交換ソフト", "reason": "情報が漏れるおそれがあるため" }],
        });
        let rules = document("terminal", lists, &confirmed)?;
        self.terminals(day, &rules)?;
        Ok(structure)
    }

    fn terminals(&self, day: NaiveDate, rules: &Record) -> Result<(), Refusal> {
        let users: Vec<String> = self.stage.of_contract("worker", self.contract)?.into_iter().take(2).collect();
        let terminal = |name: &str| {
            json!({
                "name": name, "kind": "laptop", "owner": "company", "purpose": "運用と監視", "users": users,
                "place": "本社 運用室", "guards": ["locked", "screen", "away", "taking_out"], "encrypted_disk": true,
                "rules": rules.id, "software": [{ "name": "表計算" }, { "name": "監視の画面" }], "antivirus": "見本の対策ソフト",
            })
        };
        let attest = json!({
            "definition_on": day, "sharing_absent": true, "purpose_kept": true, "attester": users.first(),
        });
        self.add("terminal", terminal("運用端末 1号"), &[("!approve", json!({})), ("attest", attest)])?;
        if self.full {
            self.add("terminal", terminal("運用端末 2号"), &[])?;
        }
        Ok(())
    }

    /// A training that was held and one to come.
    fn training(&self, day: NaiveDate, chief: &Record, operator: &Record) -> Result<(), Refusal> {
        let yearly = json!({
            "kind": "yearly", "planned_on": day,
            "subjects": ["importance", "need_to_know", "policy", "conduct", "response", "incident", "technical"],
        });
        let held = json!({
            "held_on": day, "hours": "2.0", "place": "本社 会議室", "teacher": "管理部",
            "people": [chief.id, operator.id], "test": "全員が10問中8問以上。",
        });
        self.add("training_session", yearly, &[("hold", held)])?;
        if self.full {
            let drill = json!({ "kind": "drill", "subjects": ["response"], "planned_on": day + Days::new(21) });
            self.add("training_session", drill, &[])?;
        }
        Ok(())
    }

    /// Information that is handled, by whom, on what, and what was lent.
    fn entrusted(&self, day: NaiveDate, chief: &Record, operator: &Record, structure: &Record) -> Result<(), Refusal> {
        let handling = json!({
            "subject": "見本: 利用者の情報", "classes": ["personal"], "protected": false, "purpose": "問合せへの回答",
            "scope": "運用担当2人、端末2台", "officer": chief.id, "structure": structure.id, "inspection": "四半期に1回",
            "starts_on": day, "receive_means": ["encrypted_line"], "pseudonym": "done",
        });
        self.add("information_handling", handling, &[("file", json!({})), ("!confirm", json!({}))])?;
        let handler = |worker: &Record, roles: &[&str]| {
            json!({
                "worker": worker.id, "roles": roles, "assets": "利用者の情報", "necessity": "運用の責任を負うため",
                "can_refuse": true, "agreement": ["secrecy", "liability", "understood"], "agreed_on": day,
                "system_consent": ["system", "monitored", "liability"], "starts_on": day,
            })
        };
        let filed = [("file", json!({}))];
        let confirmed = [("file", json!({})), ("!confirm", json!({}))];
        let manager = self.add("handler", handler(chief, &["manager", "user"]), &confirmed)?;
        self.add("handler", handler(operator, &["handler", "user"]), &filed)?;
        let medium = json!({
            "name": "媒体 1号", "kind": "disc", "owner": "運用部", "own_thing": false, "uses": "報告書の納入", "systems": "運用端末",
            "users": [operator.id], "encrypted_medium": true, "labelled": true, "place": "施錠した保管庫",
        });
        self.add("medium", medium, &[])?;
        let item = |name: &str| {
            json!({
                "name": name, "kind": "user", "designation": "protected", "designated_on": day, "purpose": "問合せへの回答",
                "form": "paper", "place": "施錠した保管庫", "locked": true, "manager": manager.id, "marked_cover": true,
                "marked_parts": true, "received_from": "情報システム課", "receive_means": "hand",
            })
        };
        let list = self.add("protected_item", item("見本: 利用者の一覧"), &[("register", json!({}))])?;
        let mut copy = item("見本: 利用者の一覧の写し");
        copy["origin"] = list.id.as_str().into();
        copy["copy_reason"] = "二か所で使うため".into();
        copy["receive_means"] = "copied".into();
        self.add("protected_item", copy, &[("register", json!({}))])?;
        let receipt = json!({
            "item": list.id, "kind": "receipt", "at": super::at(day, 9).to_rfc3339(), "worker": operator.id,
            "place": "情報システム課", "purpose": "問合せへの回答",
        });
        self.add("custody_event", receipt, &[])?;
        let lent = json!({
            "name": "見本: 設計書", "kind": "material", "edition": "第3版", "conditions": "写さない。業務が終わったら直ちに返す。",
            "lent_on": day, "place": "本社 運用室",
        });
        let kept = [("receive", json!({ "keeper": operator.id, "place": "本社 運用室" }))];
        self.by(self.supervisor, "loan", lent, &kept).map(drop)
    }

    /// Checks, an audit to come, a rating of risks and something that happened.
    fn checks(&self, day: NaiveDate, operator: &Record) -> Result<(), Refusal> {
        let check = |kind: &str, scope: &str, planned: NaiveDate| json!({ "kind": kind, "scope": scope, "planned_on": planned });
        let result = json!({
            "finished_on": day, "checker": operator.id,
            "items": [
                { "item": "利用者の権限", "result": "good", "evidence": "権限の一覧" },
                { "item": "書類の保管", "result": "finding", "note": "保管庫の外に1部あった。" },
            ],
            "measure": "その日に保管庫へ戻し、全員に周知した。",
        });
        self.add("periodic_check", check("personal", "個人情報の管理", day), &[("report", result)])?;
        self.add("periodic_check", check("safety", "情報の安全管理", day + Days::new(30)), &[])?;
        let audit = json!({
            "kind": "own", "reason": "yearly", "subject": "見本: 情報の取扱いの手順", "planned_on": day + Days::new(40),
            "on_site": true, "method": "記録の確認と聞取り",
            "auditors": [{ "name": "見本 監", "unit": "監査室", "rights": "記録の閲覧", "handler": true, "outside": true }],
        });
        self.add("audit", audit, &[("approve", json!({ "approved_by": "代表取締役" }))])?;
        let rating = json!({
            "reason": "regular", "assessed_on": day, "scope": "運用部", "outside_scope": "ない",
            "risks": [
                { "asset": "利用者の一覧", "event": "紛失", "damage": 3, "threat": 2, "weakness": 2, "measure": "保管庫の点検を毎日行う" },
                { "asset": "運用端末", "event": "盗難", "damage": 3, "threat": 3, "weakness": 2, "measure": "ワイヤー錠を付ける", "due_on": day + Days::new(30) },
            ],
            "next_on": day + Months::new(12),
        });
        self.add("risk_assessment", rating, &[("circulate", json!({ "circulated_to": "経営者等、管理者" }))])?;
        let incident = json!({
            "title": "見本: 書類の置き忘れ", "kind": ["event"], "detected_on": day, "detected_by": "定期の点検で見つけた。",
            "known": "一覧の写し1部が保管庫の外にあった。持ち出された跡はない。",
        });
        let incident = self.add("incident", incident, &[("report", json!({}))])?;
        let plan = json!({
            "basis": "incident", "incident": incident.id, "subject": "見本: 保管の手順の見直し",
            "problem": "保管庫に戻したことを確かめていなかった。", "cause": "確かめる人が決まっていなかった。",
            "measure": "戻したことを二人で確かめる。", "starts_on": day, "due_on": day + Days::new(30),
        });
        self.add("corrective_plan", plan, &[("submit", json!({}))]).map(drop)
    }
}
