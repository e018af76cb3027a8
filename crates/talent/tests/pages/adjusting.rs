//! Adjuster and authority: where to look, moves with a reason, and four-eyes in bulk.

use ledger::Record;
use serde_json::json;
use testkit::on_each_database;

use crate::agency::Agency;
use crate::visitor::{Visitor, revision};

/// Two officers of 第一課 before the adjuster.
fn two_before_the_adjuster(agency: &Agency) -> (Record, Record, Record) {
    let round = agency.round();
    agency.open(&round);
    let mut sheets = Vec::new();
    for (number, mark) in [("st1", "優良"), ("st2", "良好")] {
        agency.desk.go_to("2026-10-01");
        let sheet = agency.to_evaluation(&agency.sheet(&round, number), number, "dd1");
        sheets.push(agency.evaluated(&sheet, "dd1", mark));
    }
    let [one, two] = <[Record; 2]>::try_from(sheets).expect("two sheets");
    (round, one, two)
}

#[test]
fn an_adjuster_sees_the_distribution_and_moves_a_mark_only_with_a_reason() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let (round, one, two) = two_before_the_adjuster(&agency);
        let dr1 = Visitor::new(&agency, "dr1");
        let page = dr1.get(&format!("/evaluation/adjustment?round={}", round.id));
        assert!(page.html.contains("評価者ごとの分布") && page.html.contains("10件未満のため参考"));
        assert!(page.html.contains("見本 花子") && page.html.contains("調整を待つ"));
        let path = format!("/evaluation/sheets/{}", one.id);
        let now = revision(&agency, &one.id);
        let sent = |mark: &'static str, why: &'static str| {
            [
                ("_fields", "adjuster_mark,adjuster_findings"),
                ("adjuster_mark", mark),
                ("adjuster_findings", why),
                ("_act", "adjust"),
            ]
        };
        let silent = dr1.post(&path, &[&sent("良好", "")[..], &[("_revision", &now)]].concat());
        assert_eq!(silent.status, 422);
        assert!(silent.html.contains("「優良」から「良好」に動かす理由"));
        let said = dr1.post(&path, &[&sent("良好", "同じ水準の職員とそろえた。")[..], &[("_revision", &now)]].concat());
        assert_eq!(said.status, 303, "{}", said.html);
        // Asking for another evaluation has a page of its own and needs its reason.
        let again = format!("/evaluation/sheets/{}/acts/request_reevaluation", two.id);
        assert!(dr1.get(&again).html.contains("name=\"_reason\""));
        let now = revision(&agency, &two.id);
        assert_eq!(dr1.post(&again, &[("_revision", &now)]).status, 422);
        let asked = dr1.post(&again, &[("_revision", &now), ("_reason", "所見と評語が合わない。")]);
        assert_eq!(asked.status, 303, "{}", asked.html);
        assert_eq!(agency.sheet(&round, "st2").state, "evaluating");
    });
}

#[test]
fn the_adjuster_finishes_several_at_once_or_none() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let (round, one, two) = two_before_the_adjuster(&agency);
        let dr1 = Visitor::new(&agency, "dr1");
        let seen = [revision(&agency, &one.id), revision(&agency, &two.id)];
        let names = [format!("seen.{}", one.id), format!("seen.{}", two.id)];
        let form = |first: &'static str| -> Vec<(String, String)> {
            vec![
                ("round".into(), round.id.clone()),
                ("pick".into(), one.id.clone()),
                ("pick".into(), two.id.clone()),
                (names[0].clone(), if first.is_empty() { seen[0].clone() } else { first.into() }),
                (names[1].clone(), seen[1].clone()),
            ]
        };
        let post = |form: Vec<(String, String)>| {
            let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            dr1.post("/evaluation/adjustment", &form)
        };
        // One was changed since: neither moves.
        let none = post(form("1"));
        assert_eq!(none.status, 409);
        assert!(none.html.contains("一件も変更していません") && none.html.contains("見本 花子"));
        assert_eq!(agency.sheet(&round, "st2").state, "adjusting");
        let both = post(form(""));
        assert_eq!(both.status, 303, "{}", both.html);
        assert_eq!(agency.sheet(&round, "st1").state, "confirming");
        assert_eq!(agency.sheet(&round, "st2").text("adjuster_mark"), Some("良好"));
    });
}

#[test]
fn confirming_in_bulk_asks_again_and_refuses_one_s_own_act() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let (round, one, two) = two_before_the_adjuster(&agency);
        for sheet in [&one, &two] {
            let mark = json!({ "adjuster_mark": "良好", "adjuster_findings": "そろえた。" });
            agency.take("dr1", sheet, "adjust", mark).expect("adjusted");
        }
        let page = Visitor::new(&agency, "dg").get("/evaluation/confirmation");
        assert!(page.html.contains("調整で動いたもの1件") && page.html.contains("そろえた。"));

        // The personnel office makes the adjuster of one sheet its authority: they may not confirm what they adjusted.
        let line = json!({ "adjuster": null, "confirmer": agency.person("dr1") });
        agency.amend("pa", &one, line).expect("the line is changed");
        agency.amend("pa", &two, json!({ "adjuster": agency.person("dd1"), "evaluator": agency.person("uc1"), "confirmer": agency.person("dr1") })).expect("changed");
        let dr1 = Visitor::new(&agency, "dr1");
        let form = |sure: bool| -> Vec<(String, String)> {
            let mut form = vec![("round".to_string(), round.id.clone())];
            for sheet in [&one, &two] {
                form.push(("pick".into(), sheet.id.clone()));
                form.push((format!("seen.{}", sheet.id), revision(&agency, &sheet.id)));
            }
            if sure {
                form.push(("sure".into(), "yes".into()));
            }
            form
        };
        let post = |visitor: &Visitor<'_>, sure: bool| {
            let form = form(sure);
            let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            visitor.post("/evaluation/confirmation", &form)
        };
        let asked = post(&dr1, false);
        assert_eq!(asked.status, 200);
        assert!(asked.html.contains("確認できない評価が2件") && asked.html.contains("二者確認"), "{}", asked.html);
        let refused = post(&dr1, true);
        assert_eq!(refused.status, 409);
        assert!(refused.html.contains("「調整を終える」をした本人"));
        assert_eq!(agency.sheet(&round, "st1").state, "confirming");

        // Somebody who took no part confirms both.
        for sheet in [&one, &two] {
            agency.amend("pa", sheet, json!({ "confirmer": agency.person("dg") })).expect("changed");
        }
        let dg = Visitor::new(&agency, "dg");
        let asked = post(&dg, false);
        assert!(asked.html.contains("2件の評価を確認する") && asked.html.contains("name=\"sure\""));
        assert_eq!(agency.sheet(&round, "st1").state, "confirming", "nothing is done before one is sure");
        let done = post(&dg, true);
        assert_eq!(done.status, 303, "{}", done.html);
        assert_eq!(agency.sheet(&round, "st1").text("result_mark"), Some("良好"));
        assert_eq!(agency.sheet(&round, "st2").state, "confirmed");
    });
}
