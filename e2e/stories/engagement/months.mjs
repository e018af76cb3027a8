// Twelve months: what was done is reported, inspected, claimed and paid.
import assert from "node:assert/strict";
import { register, step } from "../../lib/forms.mjs";
import { create, list, read, take } from "../../lib/rest.mjs";
import { lead } from "./begin.mjs";

/** The months of the contract, in order. */
export const MONTHS = [4, 5, 6, 7, 8, 9, 10, 11, 12, 1, 2, 3].map((month) => `${month < 4 ? 2026 : 2025}-${String(month).padStart(2, "0")}-01`);
/** The claim that is paid late. */
export const LATE = 7;

const spoken = (first) => `令和${first.startsWith("2025") ? 7 : 8}年${Number(first.slice(5, 7))}月分`;
const WORDS = { summary: "予定どおり進んでいる。見逃しはなかった。", done: "常時の監視と、障害の連絡2件。", next: "監視を続ける。" };

/** The report, the hand-in and the claim of a month, on the day the report is due. */
export async function month(stage, told, at, byPages) {
  const period = MONTHS[at];
  const boss = await lead(stage, told);
  const due = (await list(boss, "obligation", `engagement:is:${told.engagement}`)).find((one) => one.values.label.includes("月次報告書") && one.values.period === period);
  const people = { boss, inspector: await stage.who("検査職員"), supervisor: await stage.who("監督職員"), payer: await stage.who("支払担当") };
  told.reports ??= [];
  told.handed ??= [];
  told.claims ??= [];
  await (byPages ? throughPages : throughRest)(stage, told, at, period, due, people);
}

async function throughPages(stage, told, at, month, due, { boss, inspector, supervisor, payer }) {
  const engagement = told.engagement;
  const look = (name) => (person) => stage.stands(person, name);
  const report = await register(boss, "progress_report", { engagement, month, ...WORDS }, look("progress-report-form"));
  await step(boss, "progress_report", report, "提出する");
  await step(supervisor, "progress_report", report, "確認する");
  await stage.stands(supervisor, "progress-report");
  const handed = await register(boss, "hand_in", {
    engagement, title: `${spoken(month)} 監視役務の完了`, kind: "completion", period: month, medium: "upload", place: "情報システム課", report: WORDS.done, obligations: due && [due.id],
  }, look("hand-in-form"));
  await step(boss, "hand_in", handed, "引き渡す");
  await inspector.visit("/inspections");
  await inspector.sees(spoken(month));
  await stage.stands(inspector, "inspections");
  await step(inspector, "hand_in", handed, "受理する");
  await step(inspector, "hand_in", handed, "合格とする", { means: "書類による" });
  await step(inspector, "hand_in", handed, "検収する");
  const claim = await register(boss, "invoice", { engagement, kind: "monthly", month, registration: "T1234567890123" }, look("invoice-form"));
  await step(boss, "invoice", claim, "請求する");
  const today = dayOf(stage);
  await step(payer, "invoice", claim, "適法な請求書として受ける", { received_on: today, inspected_on: today });
  await payer.sees("1,100,000円");
  await stage.stands(payer, "invoice-accepted");
  told.reports[at] = report;
  told.handed[at] = handed;
  told.claims[at] = claim;
}

async function throughRest(stage, told, at, month, due, { boss, inspector, supervisor, payer }) {
  const engagement = told.engagement;
  const today = dayOf(stage);
  const report = await take(boss, await create(boss, "progress_report", { engagement, month, ...WORDS }), "submit");
  await take(supervisor, report, "confirm");
  let handed = await create(boss, "hand_in", {
    engagement, title: `${spoken(month)} 監視役務の完了`, kind: "completion", period: month, medium: "upload", place: "情報システム課", report: WORDS.done, obligations: due ? [due.id] : [],
  });
  handed = await take(boss, handed, "send");
  handed = await take(inspector, handed, "receive");
  handed = await take(inspector, handed, "pass", { means: "documents" });
  await take(inspector, handed, "accept");
  const claim = await take(boss, await create(boss, "invoice", { engagement, kind: "monthly", month, registration: "T1234567890123" }), "submit");
  await take(payer, claim, "accept", { received_on: today, inspected_on: today });
  told.reports[at] = report.id;
  told.handed[at] = handed.id;
  told.claims[at] = claim.id;
}

/** The claim of a month is paid, by somebody other than who accepted it. */
export async function pay(stage, told, at) {
  const payer = await stage.who("もう一人の支払担当");
  const claim = await read(payer, "invoice", told.claims[at]);
  const today = dayOf(stage);
  assert.ok(today <= claim.values.due_on, `month ${at} is paid in time: ${claim.values.due_on}`);
  const paid = await take(payer, claim, "pay", { paid_on: today, paid_amount: claim.values.amount });
  assert.ok(!paid.values.interest, "no interest where it is paid in time");
}

/** A claim was forgotten: it is paid with interest, whose steps are shown. */
export async function payLate(stage, told) {
  const payer = await stage.who("もう一人の支払担当");
  await step(payer, "invoice", told.claims[LATE], "支払を記録する", { paid_on: dayOf(stage), paid_amount: "1,100,000" });
  const { values } = await read(payer, "invoice", told.claims[LATE]);
  const days = (Date.parse(values.paid_on) - Date.parse(values.due_on)) / 86_400_000;
  // Law on prevention of delayed payment, article 8: rate a year, by days, below 100 yen cut off.
  const exact = Math.floor((1_100_000 * Math.round(Number(values.rate) * 10_000) * days) / (1_000_000 * 365));
  assert.ok(days > 30 && values.interest === exact - (exact % 100), `${days} days at ${values.rate}: ${values.interest}, not ${exact}`);
  await payer.sees(`${values.interest.toLocaleString("en")}円`);
  await stage.stands(payer, "invoice-interest");
}

/** The day on which the story stands. */
export const dayOf = (stage) => stage.moment.slice(0, 10);
