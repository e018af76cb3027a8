// The contract is signed under terms that a running server learns, people are named, the plan is agreed.
import assert from "node:assert/strict";
import { accepted, fillIn, register, step } from "../../lib/forms.mjs";
import { list, read } from "../../lib/rest.mjs";
import { daicho } from "../../lib/server.mjs";
import { FIRMS } from "./tender.mjs";

const PACK = new URL("./pack", import.meta.url).pathname;
const FIRM_NAMES = ["見本電算株式会社", "架空システム株式会社"];
const MEMBERS = ["契約相手方の従事者", "別の契約相手方の従事者"];

/** Whoever won: the lead and the member of the firm. */
export const lead = (stage, told) => stage.who(FIRMS[told.winner]);
export const member = (stage, told) => stage.who(MEMBERS[told.winner]);
export const firm = (told) => FIRM_NAMES[told.winner];

/** The terms arrive while the server runs; the officer enters the dates and the contract is in force with its deadlines. */
export async function sign(stage, told) {
  const learnt = await daicho(stage.data, "packs", "install", PACK);
  assert.equal(learnt.status, 0, learnt.stdout + learnt.stderr);
  const officer = await stage.who("契約担当官");
  await step(officer, "award_notice", told.notice, "契約書案を受け取った");
  await step(officer, "bid_qualification", told.shown[told.winner], "契約の前に確かめ直す", { recheck_clear: true });
  const edit = `/ledgers/engagement/${told.engagement}/edit`;
  const offered = officer.page.locator("[name=terms] option[value=pack]");
  for (let tries = 0; tries < 20; tries += 1) {
    await officer.visit(edit);
    if (await offered.count()) break;
    await officer.page.waitForTimeout(250);
  }
  await fillIn(officer, { terms: "業務システムの監視支援役務" });
  await officer.press("変更を保存する");
  await step(officer, "engagement", told.engagement, "契約を結ぶ", {
    contract_on: "令和7年4月1日", monthly_amount: "1,100,000", monthly_tax: "100,000",
  });
  await officer.visit(`/engagements/${told.engagement}`);
  await officer.sees("業務実施計画書");
  await stage.stands(officer, "engagement-home-officer");
  told.number = (await read(officer, "engagement", told.engagement)).values.number;
  const obligations = (await list(officer, "obligation", `engagement:is:${told.engagement}`)).map((one) => one.values);
  const due = (label) => obligations.find((one) => one.label.includes(label))?.due_on;
  assert.deepEqual([due("業務実施計画書"), due("監視手順書"), due("返却・廃棄の証明")], ["2025-04-08", "2025-09-30", "2026-04-14"]);
  const monthly = obligations.filter((one) => one.label.includes("監視月次報告書")).map((one) => one.due_on).sort();
  assert.equal(monthly.length, 12);
  assert.deepEqual([monthly[0], monthly[8], monthly[11]], ["2025-05-09", "2026-01-09", "2026-04-07"], "5th business days");
  await people(stage, told);
}

/** Everybody who works is named by the lead and approved by the supervisor before they begin. */
async function people(stage, told) {
  told.workers = {};
  for (const [key, duty, name, kana] of [["lead", "lead", "見本 太郎", "ミホン タロウ"], ["operator", "operation", "見本 花子", "ミホン ハナコ"], ["second", "operation", "見本 次郎", "ミホン ジロウ"]]) {
    told.workers[key] = await worker(stage, told, { duty, name, kana, starts_on: "2025-04-02" });
  }
  const boss = await lead(stage, told);
  await boss.visit(`/ledgers/worker/${told.workers.lead}`);
  await stage.stands(boss, "worker");
}

/** A worker who handles what is entrusted. */
export async function worker(stage, told, { duty, name, kana, starts_on, ...more }) {
  const [boss, supervisor] = [await lead(stage, told), await stage.who("監督職員")];
  const id = await register(boss, "worker", {
    engagement: told.engagement, duty, works: "監視と連絡", starts_on, name, kana, company: firm(told), department: "運用部", employment: "own",
    birth_date: "昭和60年5月1日", nationality: "日本", handles: true, handle_reason: "監視の記録を読むため", pledged_on: "2025-04-01", briefed_on: "2025-04-01",
    contact: duty === "lead" ? "03-0000-0000、tantou@example.co.jp" : undefined, careers: [{ experience: "operation", from: "2015-04-01", content: "業務システムの監視" }], ...more,
  });
  await step(boss, "worker", id, "承認を求める");
  await step(supervisor, "worker", id, "承認する");
  return id;
}

/** The plan is approved, the works become the baseline, the first meeting is called. */
export async function plan(stage, told) {
  const [boss, hand, supervisor] = [await lead(stage, told), await member(stage, told), await stage.who("監督職員")];
  told.plan = await register(boss, "plan", {
    engagement: told.engagement, structure: "統括責任者1名、監視担当2名。", methods: "監視の道具による常時の監視と、月次の報告。", schedule: "4月に引継ぎ、5月から通常の監視。",
    quality: "見逃しの件数を毎月数える。", communication: "四半期に一度の定例会。", issues: "課題とリスクはこの台帳に書く。", security: "監視の記録は施錠した部屋でだけ読む。",
  });
  await step(boss, "plan", told.plan, "提出する");
  await step(supervisor, "plan", told.plan, "承認する");
  await stage.stands(supervisor, "plan-approved");
  const item = (number, name, starts_on, ends_on, hours, more) => register(hand, "work_item", {
    engagement: told.engagement, number, name, owner: "見本 花子", starts_on, ends_on, criterion: "監督職員が確かめた。", planned_hours: hours, rule: "fifty_fifty", ...more,
  }, (page) => stage.stands(page, "work-item-form"));
  told.items = [await item("1", "引継ぎと準備", "2025-04-02", "2025-04-30", "120")];
  told.items.push(await item("2", "監視手順書の作成", "2025-05-01", "2025-09-30", "200", { predecessors: told.items[0] }));
  told.items.push(await item("3", "通常の監視", "2025-05-01", "2026-03-31", "1200", { predecessors: told.items[0] }));
  told.baseline = await register(boss, "baseline", { engagement: told.engagement });
  await step(boss, "baseline", told.baseline, "承認を求める");
  await step(supervisor, "baseline", told.baseline, "承認する");
  await step(hand, "work_item", told.items[0], "始める");
  await supervisor.visit(`/engagements/${told.engagement}/schedule`);
  await stage.stands(supervisor, "schedule");
  told.body = await register(supervisor, "meeting_body", {
    engagement: told.engagement, name: "定例会", purpose: "進捗、課題、リスクを確かめ、判断する。", frequency: "四半期に1回",
    members: [{ name: "監督職員", side: "agency", duty: "議長" }, { name: "統括責任者", side: "contractor", duty: "説明" }],
  });
  told.meetings = [await call(stage, told, "第1回 定例会", "2025-04-08", ["計画の確認", "連絡の方法"])];
}

/** A meeting is called: agenda and material before the day. */
export async function call(stage, told, title, held_on, topics) {
  const boss = await lead(stage, told);
  const id = await register(boss, "meeting", {
    engagement: told.engagement, body: "定例会", title, held_on, time: "14時から15時まで", place: "第1会議室", agenda: topics.map((topic) => ({ topic, speaker: "統括責任者" })),
  });
  await step(boss, "meeting", id, "資料を送った");
  return id;
}

/** The meeting is held, its minutes written while people sit, and each attendee confirms them. */
export async function hold(stage, told, id, said) {
  const [boss, hand, supervisor] = [await lead(stage, told), await member(stage, told), await stage.who("監督職員")];
  const page = `/meetings/${id}/minutes`;
  await boss.visit(page);
  await boss.follow("開いた");
  await boss.press("開いた");
  for (const [name, side, number] of [["増田　監督", "agency", stage.cast.監督職員.login], ["統括責任者", "contractor", stage.cast[FIRMS[told.winner]].login], ["監視担当", "contractor", stage.cast[MEMBERS[told.winner]].login]]) {
    await supervisor.visit(page);
    await supervisor.follow("出席者を加える");
    await fillIn(supervisor, { name, side, person: number });
    await supervisor.press("会議の出席を登録する");
    await accepted(supervisor);
  }
  await boss.visit(page);
  for (const [at, words] of said.entries()) await boss.page.locator(`[name='agenda.${at}.said']`).fill(words);
  await boss.press("議事を保存する");
  await stage.stands(boss, "minutes");
  await boss.visit(page);
  await boss.follow("議事録を出す");
  await boss.press("議事録を出す");
  for (const person of [supervisor, boss, hand]) {
    await person.visit(page);
    await person.press("内容を確かめた");
  }
  await supervisor.visit(`/ledgers/meeting/${id}`);
  await supervisor.sees("確認済み");
}

/** The first meeting; something is lent and something entrusted. */
export async function firstMeeting(stage, told) {
  await hold(stage, told, told.meetings[0], ["計画のとおり進めることを確かめた。", "連絡は担当者どうしで行う。"]);
  const [boss, supervisor] = [await lead(stage, told), await stage.who("監督職員")];
  told.loan = await register(supervisor, "loan", {
    engagement: told.engagement, name: "業務システム設計書", kind: "material", edition: "第3版", conditions: "複製しない。", place: `${firm(told)} 運用室`,
  });
  await step(boss, "loan", told.loan, "受け取った", { keeper: "見本 太郎" });
  const entrusted = { engagement: told.engagement, kind: "network", designation: "loaned", purpose: "監視の設定", form: "paper", place: "運用室の施錠した書庫", locked: true };
  told.entrusted = await register(boss, "protected_item", { ...entrusted, name: "監視対象の一覧", received_from: "監督職員", receive_means: "hand" });
  await step(boss, "protected_item", told.entrusted, "目録に載せる");
  // A copy is made only after it was permitted.
  told.copy = await register(boss, "protected_item", {
    ...entrusted, name: "監視対象の一覧の写し", origin: "監視対象の一覧", copy_reason: "夜間の担当者の席にも置くため。", receive_means: "copied",
  });
  await step(boss, "protected_item", told.copy, "目録に載せる");
  await step(supervisor, "protected_item", told.copy, "複製を承認する");
}
