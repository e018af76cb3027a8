// What happens in the year besides: issue, risk, a worker replaced, a subcontract, a late deliverable, rework, a penalty.
import assert from "node:assert/strict";
import { amend, register, step } from "../../lib/forms.mjs";
import { read } from "../../lib/rest.mjs";
import { call, hold, lead, member, worker } from "./begin.mjs";
import { dayOf } from "./months.mjs";

const PAPER = { name: "監視手順書.txt", mimeType: "text/plain", buffer: Buffer.from("監視手順書 1.0\n") };
const CHECKED = {
  virus_product: "見本ウイルス対策", virus_definition: "2025-10-06", virus_checked_on: "2025-10-06", reviewed_by: "見本 太郎", review: "仕様書3.2の項目を一つずつ確かめた。",
  style_checked: true, publishable: "whole",
};
const FLOW_DOWN = ["security", "secrecy", "minimum", "personal", "tracing", "staff", "report", "incident", "disposal", "tiers", "barred"];

/** An issue is raised and examined, a risk gets its measures and its plan for the worst; the second meeting is called. */
export async function trouble(stage, told) {
  const [boss, hand] = [await lead(stage, told), await member(stage, told)];
  told.issue = await register(hand, "issue_item", {
    engagement: told.engagement, content: "監視の道具が、夜間に一度止まった。", impact: "気付くのが10分遅れた。", priority: "middle", owner: "見本 花子", due_on: "2025-07-04", item: "3 通常の監視",
  }, (page) => stage.stands(page, "issue-form"));
  await step(hand, "issue_item", told.issue, "検討に進める");
  told.risk = await register(boss, "risk", {
    engagement: told.engagement, viewpoint: "technical", content: "監視の道具が長く止まる。", cause: "一台だけで動いている。", probability: "4", impact: "4", owner: "見本 太郎",
    measure: "予備の道具を用意する。", contingency: "止まったら、15分のうちに予備に切り替え、監督職員に電話する。", review_on: "2025-07-07",
  }, (page) => stage.stands(page, "risk-form"));
  await step(boss, "risk", told.risk, "対応策を実施する", { status: "予備の道具を手配した。" });
  await boss.visit(`/engagements/${told.engagement}/risks`);
  await stage.stands(boss, "risks");
  told.meetings.push(await call(stage, told, "第2回 定例会", "2025-07-07", ["課題の対応", "リスクの見直し"]));
}

/** The second meeting; the issue is solved and approved, the risk reviewed. */
export async function solved(stage, told) {
  await hold(stage, told, told.meetings[1], ["対応策を確かめ、承認することとした。", "予備の道具が整った。"]);
  const [boss, hand, supervisor] = [await lead(stage, told), await member(stage, told), await stage.who("監督職員")];
  await step(hand, "issue_item", told.issue, "対応に進める", { measure: "道具を二台にする。", status: "二台目を置いた。" });
  await step(hand, "issue_item", told.issue, "結果を書いて承認を求める", { result: "一台を止めても監視が続くことを確かめた。", verified: "切替えの試験" });
  await step(supervisor, "issue_item", told.issue, "承認する");
  await stage.stands(supervisor, "issue-approved");
  await step(boss, "risk", told.risk, "見直す", {
    reviews: [{ on: "2025-07-07", status: "予備の道具が動いている。", evaluation: "発生確率が下がった。", by: "見本 太郎" }], review_on: "2025-10-07", residual_probability: "2", residual_impact: "3",
  });
}

/** The agency asks for another worker; a subcontract is applied for. Both are approved before they begin. */
export async function changes(stage, told) {
  const [boss, supervisor] = [await lead(stage, told), await stage.who("監督職員")];
  told.change = await register(supervisor, "worker_change", {
    engagement: told.engagement, side: "agency", kind: "replace", reason: "夜間の連絡が二度遅れたため。", effective_on: "2025-09-01", leaving: "見本 次郎",
  });
  told.workers.third = await worker(stage, told, { duty: "operation", name: "見本 桜子", kana: "ミホン サクラコ", starts_on: "2025-09-01" });
  await step(boss, "worker_change", told.change, "承認を求める", { successor: "見本 桜子", handover: "8月の最後の週に、二人で監視する。", answer: "求めのとおり交代します。" });
  await step(supervisor, "worker_change", told.change, "承認する");
  await stage.stands(supervisor, "worker-change");
  told.subcontract = await register(boss, "subcontract", {
    engagement: told.engagement, firm: "架空監視株式会社", corporate_number: "1234567890123", address: "東京都千代田区架空1-1", scope: "夜間の監視の通知の確認。", amount: "1,200,000",
    necessity: "夜間の要員を確保するため。", capability: "同じ業務を5年行っている。", method: "毎月報告を受け、年に一度点検する。", starts_on: "2025-09-01", ends_on: "2026-03-31", flow_down: FLOW_DOWN,
  }, (page) => stage.stands(page, "subcontract-form"));
  await step(boss, "subcontract", told.subcontract, "申請する");
  await step(supervisor, "subcontract", told.subcontract, "承認する", { conditions: "再々委託をしない。" });
}

/** The day of the change has come. */
export async function changed(stage, told) {
  const boss = await lead(stage, told);
  await step(boss, "worker_change", told.change, "変更を終える");
  await step(boss, "worker", told.workers.second, "従事を終える", { ends_on: "2025-08-31", leaving_pledged_on: "2025-08-29" });
}

/** The manual is handed in a week late. */
export async function late(stage, told) {
  const [boss, hand, inspector] = [await lead(stage, told), await member(stage, told), await stage.who("検査職員")];
  told.manual = await register(hand, "deliverable", {
    engagement: told.engagement, name: "監視手順書", version: "1.0", obligation: "監視手順書", format: "other", format_agreed: "文字だけの文書とする。", files: PAPER, source_none: "図表がないため。",
    revisions: [{ version: "1.0", on: "2025-10-06", summary: "初版" }],
  }, (page) => stage.stands(page, "deliverable-form"));
  await step(boss, "deliverable", told.manual, "納入できる状態にする", CHECKED);
  told.delivery = await register(boss, "hand_in", { engagement: told.engagement, title: "監視手順書の納入", kind: "goods", deliverables: ["監視手順書"], medium: "upload", place: "情報システム課" });
  await step(boss, "hand_in", told.delivery, "引き渡す");
  await step(inspector, "hand_in", told.delivery, "受理する");
}

/** It is not good enough: the inspector says what, and by when. */
export async function fails(stage, told) {
  const inspector = await stage.who("検査職員");
  await step(inspector, "hand_in", told.delivery, "不合格とする", { means: "書類による", finding: "夜間の連絡先が書かれていない。", rework_by: "2025-10-24" });
  await stage.stands(inspector, "inspection-failed");
}

/** Mended and accepted; the days of delay cost a penalty, which two officers decide. */
export async function reworked(stage, told) {
  const [boss, hand, inspector] = [await lead(stage, told), await member(stage, told), await stage.who("検査職員")];
  await amend(hand, "deliverable", told.manual, {
    version: "1.1", files: PAPER, revisions: [{ version: "1.0", on: "2025-10-06", summary: "初版" }, { version: "1.1", on: "2025-10-22", summary: "夜間の連絡先を加えた。", pages: "3" }],
  });
  await step(boss, "deliverable", told.manual, "納入できる状態にする", { ...CHECKED, virus_definition: "2025-10-22", virus_checked_on: "2025-10-22" });
  await step(boss, "hand_in", told.delivery, "手直しして引き渡す", { rework: "夜間の連絡先を3頁に加えた。" });
  await step(inspector, "hand_in", told.delivery, "受理する");
  await step(inspector, "hand_in", told.delivery, "合格とする", { means: "書類による", finding: "指摘した点が直っている。" });
  await step(inspector, "hand_in", told.delivery, "検収する");
  const [officer, other] = [await stage.who("契約担当官"), await stage.who("もう一人の契約担当官")];
  told.penalty = await register(officer, "penalty", {
    engagement: told.engagement, kind: "late", facts: "監視手順書の納入が、期限の令和7年9月30日から7日遅れた。", base: "600,000", late_due: "2025-09-30", late_done: "2025-10-07",
  });
  await step(officer, "penalty", told.penalty, "承認を求める");
  await step(other, "penalty", told.penalty, "承認する");
  // 600,000 yen × 0.1 % × 7 days.
  assert.equal((await read(other, "penalty", told.penalty)).values.amount, 4_200);
  await step(officer, "penalty", told.penalty, "納入告知書を送る", { notice_on: dayOf(stage), due_on: "2025-11-14" });
  await officer.sees("4,200円");
  await stage.stands(officer, "penalty");
  told.meetings.push(await call(stage, told, "第3回 定例会", "2025-11-10", ["上半期の振り返り", "年度末の予定"]));
}

/** The third meeting; the penalty is paid. */
export async function thirdMeeting(stage, told) {
  await hold(stage, told, told.meetings[2], ["遅れの原因を確かめ、繰り返さない手順とした。", "3月の返却と廃棄の段取りを決めた。"]);
  const officer = await stage.who("契約担当官");
  await step(officer, "penalty", told.penalty, "納付を記録する", { paid_on: dayOf(stage) });
}
