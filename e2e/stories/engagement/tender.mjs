// From the notice to the award: a question, qualifications, sealed bids, a first round above the ceiling, a tie in the second.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { recordOf, register, step, stepHere } from "../../lib/forms.mjs";

export const TITLE = "見本: 業務システムの監視支援役務";
export const FIRMS = ["契約相手方の統括責任者", "別の契約相手方の統括責任者", "三つ目の契約相手方の統括責任者"];
/** Bids without tax in the two rounds, and lottery numbers. The ceiling is 13,200,000 with tax. */
const BIDS = [[12_500_000, 111], [12_600_000, 502], [13_000_000, 7]];
const AGAIN = [[12_000_000, 111], [12_000_000, 502], [12_400_000, 7]];

/** The officer announces; a firm asks. */
export async function announce(stage, told) {
  const officer = await stage.who("契約担当官");
  const login = (kind) => stage.cast[kind].login;
  told.engagement = await register(officer, "engagement", {
    title: TITLE, method: "open_bid", category: "service", office: "情報システム課", officer: login("契約担当官"), supervisors: [login("監督職員")],
    inspectors: [login("検査職員")], starts_on: "令和7年4月1日", ends_on: "令和8年3月31日", payment: "monthly", court: "東京地方裁判所",
  }, (page) => stage.stands(page, "engagement-form"));
  await stage.stands(officer, "engagement-preparing");
  told.tender = await register(officer, "tender", {
    engagement: told.engagement, notice_on: "2025-02-03", question_until: "2025-02-12 12:00", answers_from: "2025-02-13", answers_until: "2025-02-21",
    suitability_until: "2025-02-21 12:00", qualification_until: "2025-02-21 12:00", bid_until: "2025-03-03 12:00", open_at: "2025-03-04 10:00",
    open_place: "第1会議室", grade: "D", need_security: true, clauses: ["security", "personal", "rigging", "crime"], ceiling: "13,200,000",
  }, (page) => stage.stands(page, "tender-form"));
  await step(officer, "tender", told.tender, "公告する");
  const bidder = await stage.who(FIRMS[1]);
  await bidder.visit("/tenders");
  await bidder.sees(TITLE);
  await bidder.visit(`/ledgers/tender/${told.tender}`);
  await stage.stands(bidder, "tender-announced-bidder");
  told.question = await register(bidder, "tender_question", { tender: told.tender, bidder: "K002", subject: "仕様書 第3章 監視の時間", question: "夜間の監視は、自動の通知で足りますか。" });
}

/** The officer answers everybody; three firms show that they may bid, and bid. */
export async function bid(stage, told) {
  const officer = await stage.who("契約担当官");
  await step(officer, "tender_question", told.question, "回答を閲覧に供する", { answer: "自動の通知で足ります。通知から30分のうちに、担当者が確かめてください。" });
  for (const [at, kind] of FIRMS.entries()) {
    const bidder = await stage.who(kind);
    await bidder.visit("/ledgers/tender_answer");
    await bidder.sees("仕様書 第3章");
    await bidder.seesNot("架空システム");
    const shown = await register(bidder, "bid_qualification", {
      tender: told.tender, bidder: `K00${at + 1}`, received_documents_on: "2025-02-05", years: "令和4・5・6年度", category: "役務の提供等", grade: "C", region: "関東・甲信越", barred: true,
    });
    await step(bidder, "bid_qualification", shown, "適合証明書類を提出する", { certificates: [{ kind: "iso27001", number: `見本-27001-${at + 1}`, valid_to: "2027-03-31" }] });
    await step(bidder, "bid_qualification", shown, "資料を提出する");
    await step(officer, "bid_qualification", shown, "資格ありとする");
    await step(officer, "bid_qualification", shown, "結果を知らせる");
    (told.shown ??= []).push(shown);
    await file(stage, told, at, BIDS[at]);
  }
  await sealed(stage, told);
}

async function file(stage, told, at, [amount, lot]) {
  const bidder = await stage.who(FIRMS[at]);
  const id = await register(bidder, "bid", {
    tender: told.tender, bidder: `K00${at + 1}`, certificate: "representative", amount: String(amount), lottery_number: String(lot), pledge: true, fair: true,
    breakdown: [{ item: "監視の人件費", amount: String(amount - 900_000) }, { item: "諸経費", amount: "900,000" }],
  }, (page) => stage.stands(page, "bid-form"));
  await step(bidder, "bid", id, "提出する");
  await bidder.seesNot(amount.toLocaleString("en"));
  (told.bids ??= [[], []])[told.round ?? 0][at] = id;
}

/** No amount is anywhere, whoever looks. */
async function sealed(stage, told) {
  for (const kind of ["契約担当官", ...FIRMS]) {
    const person = await stage.who(kind);
    for (const path of [`/tenders/${told.tender}/opening`, "/ledgers/bid", "/api/v1/ledgers/bid/records"]) {
      const { text } = await person.ask(path);
      for (const [amount] of BIDS) assert.ok(!text.includes(String(amount)) && !text.includes(amount.toLocaleString("en")), `${kind} reads ${amount} at ${path}`);
    }
  }
}

/** Two open the bids of a round. */
async function open(stage, told, first, second) {
  const desk = `/tenders/${told.tender}/opening`;
  const [one, other] = [await stage.who(first), await stage.who(second)];
  await one.visit(desk);
  await stepHere(one, "受付を締め切る");
  await one.visit(desk);
  await stepHere(one, "開札を準備する", { presence: [{ name: "見本 総務", side: "official", present: true }] });
  await one.visit(desk);
  assert.equal(await one.page.getByRole("link", { name: "開札する" }).count(), 0, "who prepared does not open");
  await other.visit(desk);
  await stepHere(other, "開札する");
  await other.visit(desk);
  await stepHere(other, "有効な入札を確定して判定する");
  await other.visit(desk);
}

/** The first round: all are above the ceiling; a second round is held at once. */
export async function firstRound(stage, told) {
  await open(stage, told, "契約担当官", "もう一人の契約担当官");
  const second = await stage.who("もう一人の契約担当官");
  await stage.stands(second, "above-the-ceiling");
  await stepHere(second, "再度の入札をする", { recall_until: "2025-03-04 10:40", recall_open_at: "2025-03-04 11:00" });
  told.round = 1;
  for (const at of FIRMS.keys()) await file(stage, told, at, AGAIN[at]);
}

/** The second round: two are equal; the lots decide, and anybody can do them again. */
export async function secondRound(stage, told) {
  await open(stage, told, "もう一人の契約担当官", "契約担当官");
  const officer = await stage.who("契約担当官");
  await stepHere(officer, "くじに進む");
  await officer.visit(`/tenders/${told.tender}/opening`);
  await officer.follow("くじの画面へ");
  const lots = new URL(officer.page.url()).pathname;
  told.lottery = recordOf(officer);
  const [promise] = (await officer.words()).replaceAll("\u200b", "").match(/[0-9a-f]{64}/) ?? [];
  await stepHere(officer, "くじを行う");
  const rival = await stage.who(FIRMS[2]);
  await rival.visit(lots);
  const text = await rival.words();
  const [, secret, salt] = text.match(/printf '%s' '(\d{9})-([0-9a-f]{32})'/);
  assert.equal(createHash("sha256").update(`${secret}-${salt}`).digest("hex"), promise, "the promise was kept");
  const rows = await rival.page.locator("#entries tbody tr").allInnerTexts();
  const entries = rows.map((row) => ({ bid: row.match(/札-\d{8}/)[0], won: row.includes("当たり"), lot: Number(row.match(/(?:^|\s)(111|502)(?:\s|$)/)[1]) }));
  const place = (Number(secret) + entries.reduce((sum, entry) => sum + entry.lot, 0)) % entries.length;
  const won = entries.sort((one, other) => (one.bid < other.bid ? -1 : 1))[place];
  assert.ok(won.won, text);
  told.winner = won.lot === 111 ? 0 : 1;
}

/** The award is decided and told. */
export async function award(stage, told) {
  const officer = await stage.who("契約担当官");
  await officer.visit(`/tenders/${told.tender}/opening`);
  await stepHere(officer, "落札者を決定する");
  await officer.visit(`/tenders/${told.tender}/opening`);
  await officer.follow("落札の通知へ");
  told.notice = recordOf(officer);
  await stepHere(officer, "通知する", { return_by: "2025-03-28" });
  await stage.stands(officer, "award-notice");
  const loser = await stage.who(FIRMS[1 - told.winner]);
  await loser.visit(`/tenders/${told.tender}/opening`);
  await loser.sees("13,200,000円");
}
