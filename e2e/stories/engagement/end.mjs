// The last month, what was lent and entrusted goes back or is destroyed, the contract is closed.
import assert from "node:assert/strict";
import { fillIn, step } from "../../lib/forms.mjs";
import { list, read } from "../../lib/rest.mjs";
import { lead, member } from "./begin.mjs";
import { dayOf } from "./months.mjs";

const PHOTO = { name: "裁断の写真.txt", mimeType: "text/plain", buffer: Buffer.from("裁断した紙の写真\n") };

/** Works end; what was lent is given back, what was entrusted is returned, its copy destroyed; another checks. */
export async function giveBack(stage, told) {
  const [boss, hand] = [await lead(stage, told), await member(stage, told)];
  await step(hand, "work_item", told.items[0], "完了とする", { finished_on: "2025-04-30" });
  const today = dayOf(stage);
  await step(boss, "loan", told.loan, "返した", { returned_on: today });
  await step(boss, "protected_item", told.entrusted, "返却・廃棄をした", { ended_on: today, method: "return", destroyer: "見本 花子", witness: "監督職員" });
  await step(hand, "protected_item", told.entrusted, "点検した", { checker: "見本 太郎" });
  await step(boss, "protected_item", told.copy, "返却・廃棄をした", { ended_on: today, method: "shred", destroyer: "見本 花子", witness: "写真による", proof: PHOTO });
  await step(hand, "protected_item", told.copy, "点検した", { checker: "見本 太郎" });
}

/** The supervisor sees that all is back, the contract is completed. */
export async function complete(stage, told) {
  const [boss, supervisor] = [await lead(stage, told), await stage.who("監督職員")];
  await step(supervisor, "loan", told.loan, "返却を確かめる", { condition: "good" });
  for (const id of [told.copy, told.entrusted]) await step(supervisor, "protected_item", id, "返却・廃棄を確かめる");
  await stage.stands(supervisor, "disposed");
  const open = await list(boss, "obligation", `engagement:is:${told.engagement}`);
  const certificate = open.find((one) => one.values.label.includes("返却・廃棄の証明"));
  await step(boss, "obligation", certificate.id, "提出する");
  await step(supervisor, "obligation", certificate.id, "確認する");
  await step(supervisor, "engagement", told.engagement, "履行を終える", { accepted_on: "2026-04-07" });
}

/** The contract is closed, and nothing of it can be changed any more. */
export async function close(stage, told) {
  const officer = await stage.who("契約担当官");
  await officer.visit(`/ledgers/engagement/${told.engagement}`);
  await officer.follow("契約を閉じる");
  await fillIn(officer, { _reason: "すべての支払が済み、返却と廃棄を確かめた。" });
  await officer.press("契約を閉じる");
  assert.equal((await read(officer, "engagement", told.engagement)).state, "closed");
  await officer.visit(`/engagements/${told.engagement}`);
  await stage.stands(officer, "engagement-closed");
}
