// A procurement is opened by two: sealed before, a tie, lots that anyone can check, and the award.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openBrowser, Person, sampleCast } from "../lib/browser.mjs";
import { Server } from "../lib/server.mjs";

let browser, server, cast, first, second, bidder, rival, opening;
const PICTURES = process.env.STORY_PICTURES;

async function someone(kind) {
  const person = await Person.at(browser, server);
  await person.signIn(cast[kind].login);
  return person;
}

/** The page stands at both widths, with its picture where pictures are asked for. */
async function stands(person, name) {
  assert.deepEqual(await person.inspect(PICTURES && join(PICTURES, name)), []);
}

/** A step: the button of the page, then the button of the form. */
async function step(person, words) {
  await person.follow(words);
  await person.press(words);
}

before(async () => {
  browser = await openBrowser();
  [server, cast] = await Promise.all([Server.ofSample(), sampleCast()]);
  [first, second, bidder, rival] = await Promise.all(
    ["契約担当官", "もう一人の契約担当官", "契約相手方の統括責任者", "三つ目の契約相手方の統括責任者"].map(someone),
  );
  await first.visit("/tenders");
  await stands(first, "tenders");
  await first.through(() => first.page.locator("main table a").first().click());
  opening = new URL(first.page.url()).pathname;
});

after(async () => {
  await browser?.close();
  await server?.end();
});

test("nobody reads a sealed amount, whoever looks", async () => {
  for (const person of [first, second, bidder, rival]) {
    await person.visit(opening);
    for (const amount of ["11,800,000", "12,400,000", "12,980,000"]) await person.seesNot(amount);
  }
  for (const [person, count] of [[first, 3], [bidder, 1]]) {
    const bids = JSON.parse((await person.ask("/api/v1/ledgers/bid/records")).text).records;
    assert.equal(bids.length, count);
    for (const bid of bids) assert.ok(!("amount" in bid.values) && !("breakdown" in bid.values), JSON.stringify(bid));
  }
});

test("one prepares, another opens", async () => {
  await first.visit(opening);
  await first.follow("開札を準備する");
  await first.page.locator("[name='presence.0.name']").fill("見本 総務");
  await first.page.locator("[name='presence.0.side']").selectOption("official");
  await first.page.locator("[name='presence.0.present'][type=checkbox]").check();
  await first.press("開札を準備する");
  await first.sees("二者確認");
  await second.visit(opening);
  await step(second, "開札する");
  await second.sees("12,400,000円");
  await stands(second, "opened");
});

test("a tie is decided by lots that anyone can do again", async () => {
  await step(second, "有効な入札を確定して判定する");
  await step(second, "くじに進む");
  await second.follow("くじの画面へ");
  const lots = new URL(second.page.url()).pathname;
  const [promise] = (await second.page.locator("main").innerText()).replaceAll("\u200b", "").match(/[0-9a-f]{64}/) ?? [];
  assert.ok(promise, "the promise stands there before the lots");
  await step(second, "くじを行う");
  await stands(second, "lots");
  // A bidder does it again from what the page shows.
  await rival.visit(lots);
  const text = await rival.page.locator("main").innerText();
  const [, secret, salt] = text.match(/printf '%s' '(\d{9})-([0-9a-f]{32})'/);
  assert.equal(createHash("sha256").update(`${secret}-${salt}`).digest("hex"), promise);
  const rows = await rival.page.locator("#entries tbody tr").allInnerTexts();
  const entries = rows.map((row) => ({ bid: row.match(/札-\d{8}/)[0], won: row.includes("当たり"), lot: Number(row.match(/(?:^|\s)(111|502)(?:\s|$)/)[1]) }));
  const place = (Number(secret) + entries.reduce((sum, entry) => sum + entry.lot, 0)) % entries.length;
  const sorted = [...entries].sort((one, other) => (one.bid < other.bid ? -1 : 1));
  assert.ok(sorted[place].won, text);
});

test("bidders are told winner and price, and nothing of one another's bids", async () => {
  await second.visit(opening);
  await step(second, "落札者を決定する");
  await second.sees("落札の通知へ");
  await rival.visit(opening);
  await rival.sees("12,980,000円");
  await rival.seesNot("予定価格");
  await rival.seesNot("11,800,000");
  await stands(rival, "told");
});
