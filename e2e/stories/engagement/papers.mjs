// Every document of the contract that any record offers, printed by somebody who may, looked into as text.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { list } from "../../lib/rest.mjs";
import { TITLE } from "./tender.mjs";
import { lead } from "./begin.mjs";

const LEDGERS = [
  "tender", "bid", "bid_qualification", "lottery", "award_notice", "engagement", "plan", "work_item", "baseline", "meeting", "issue_item", "risk", "worker", "worker_change",
  "subcontract", "progress_report", "deliverable", "hand_in", "invoice", "penalty", "loan", "protected_item", "obligation",
];
/** The reader of PDF complains of a mark that it does not know. */
const READ = { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] };

/** Prints everything; gives the pages, the words and the place of each paper. */
export async function print(stage, told) {
  const people = [await stage.who("契約担当官"), await stage.who("監督職員"), await lead(stage, told), await stage.who("支払担当"), await stage.who("検査職員")];
  const folder = process.env.STORY_PAPERS ?? join(stage.data, "papers");
  await mkdir(folder, { recursive: true });
  const printed = new Map();
  for (const ledger of LEDGERS) {
    for (const person of people) {
      const condition = ledger === "engagement" ? "number:is:" + told.number : `engagement:is:${told.engagement}`;
      const { status, text } = await person.ask(`/api/v1/ledgers/${ledger}/records?limit=200&filter=${encodeURIComponent(condition)}`);
      if (status !== 200) continue;
      for (const { id } of JSON.parse(text).records) {
        const page = await person.ask(`/ledgers/${ledger}/${id}`);
        for (const [, address] of page.text.matchAll(/href="(\/documents\/[^"]+)"/g)) {
          const name = address.replaceAll("&amp;", "&");
          if (!printed.has(name)) printed.set(name, await paper(person, name, join(folder, `${ledger}-${printed.size}`)));
        }
      }
    }
  }
  return printed;
}

async function paper(person, address, path) {
  const asked = address.includes("reason=") ? address : `${address}&reason=${encodeURIComponent("契約の終わりの整理のため")}`;
  const answer = await person.context.request.get(person.server.address + asked);
  assert.equal(answer.status(), 200, `${person.name} prints ${asked}`);
  const body = await answer.body();
  assert.equal(body.subarray(0, 4).toString(), "%PDF", asked);
  const name = address.match(/\/documents\/(\w+)/)[1];
  const place = `${path}-${name}.pdf`;
  await writeFile(place, body);
  const text = execFileSync("pdftotext", [place, "-"], READ);
  const pages = Number(execFileSync("pdfinfo", [place], READ).match(/Pages:\s+(\d+)/)[1]);
  return { name, place, text, pages };
}

/** The papers are there, and say what they are about. */
export async function all(stage, told) {
  const printed = [...(await print(stage, told)).values()];
  const flat = (text) => text.replaceAll(/\s/g, "");
  const wrong = printed.flatMap(({ name, text, pages, place }) => [
    [pages > 0, "has no page"],
    [flat(text).length > 60, "says nothing"],
    // No name of a field, no code of a choice, no mark of an empty template.
    [!/\bnone\b|\bnull\b|\btrue\b|\bfalse\b|[a-z]+_[a-z]+|\{\{|\[object|01[0-9A-HJKMNP-TV-Z]{24}/.test(text), "shows what no person wrote"],
    // A title in a narrow cell is broken by the cell beside it.
    [flat(text).includes(flat(TITLE).slice(0, 11)) || text.includes(told.number), "does not name its contract"],
  ].filter(([right]) => !right).map(([, words]) => `${name} ${words}: ${place}\n${text.slice(0, 400)}`));
  assert.deepEqual(wrong, []);
  const kinds = new Set(printed.map(({ name }) => name));
  for (const name of ["opening_record", "lottery_record", "award_notice", "contract_sheet", "plan_paper", "minutes_paper", "monthly_progress", "delivery_note", "inspection_record", "claim_inspection", "disposal_certificate", "subcontract_application", "worker_list"]) {
    assert.ok(kinds.has(name), `no ${name} among ${[...kinds]}`);
  }
  const says = (name, words) => assert.ok(printed.some((one) => one.name === name && flat(one.text).includes(words)), `no ${name} says ${words}`);
  says("award_notice", "13,200,000");
  says("contract_sheet", "13,200,000");
  says("claim_inspection", "1,100,000");
  says("contract_sheet", "免除");
  says("deliverable_list", "第27条・第28条");
  says("inspection_record", "夜間の連絡先が書かれていない");
  says("disposal_certificate", "監視対象の一覧の写し");
}
