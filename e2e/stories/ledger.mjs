// Any ledger without a line of its own in the program: list, form, draft, conflict, transition, history, past days.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { openBrowser, Person, sampleCast } from "../lib/browser.mjs";
import { Server } from "../lib/server.mjs";

let browser, server, cast, officer;

before(async () => {
  browser = await openBrowser();
  [server, cast] = await Promise.all([Server.ofSample(), sampleCast()]);
  officer = await Person.at(browser, server);
  await officer.signIn(cast.監査担当.login);
});

after(async () => {
  await browser?.close();
  await server?.end();
});

async function openPanel(person, words) {
  const panel = person.page.locator("details", { has: person.page.locator("summary", { hasText: words }) }).first();
  if ((await panel.getAttribute("open")) === null) await panel.locator("summary").click();
  return panel;
}

test("a pledge is asked for: the form names what is missing, keeps a draft, and is resumed", async () => {
  await officer.visit("/ledgers/pledge");
  await officer.follow("秘密保持の誓約を登録する");
  await officer.press("秘密保持の誓約を登録する");
  const errors = officer.page.locator("#errors");
  assert.match(await errors.innerText(), /従事する業務/);
  assert.equal(await officer.page.evaluate(() => document.activeElement.id), "errors", "the errors have the focus");
  await errors.getByRole("link").filter({ hasText: "従事する業務" }).click();
  await officer.page.waitForFunction(() => document.activeElement.name === "work");
  assert.deepEqual(await officer.inspect(), []);
  await officer.fill("誓約する人", cast.職員.login);
  await officer.fill("従事する業務", "見本の名簿の整理");
  await officer.page.getByText(/下書きを保存しました/).waitFor();
  await officer.visit("/ledgers/pledge/new");
  await officer.sees("下書きがあります");
  await officer.follow("下書きから続ける");
  assert.equal(await officer.field("従事する業務").inputValue(), "見本の名簿の整理");
  await officer.pick("区分", "従事するとき");
  await officer.fill("依頼日", "Ｒ８．１１．２");
  assert.match(await officer.page.locator("#f-asked_on-both").innerText(), /令和8年11月2日/);
  await officer.press("秘密保持の誓約を登録する");
  await officer.sees("秘密保持の誓約を登録しました");
  assert.match(await officer.heading(), /誓-令和8年度-0001|誓-/);
  assert.deepEqual(await officer.inspect(), []);
  await officer.visit("/ledgers/pledge/new");
  await officer.seesNot("下書きがあります");
});

test("two officers amend one record: the second sees what the first wrote, and loses nothing", async () => {
  const second = await Person.at(browser, server);
  await second.signIn(cast.監査担当.login);
  await second.visit("/ledgers/pledge");
  await second.page.locator("main tbody a").first().click();
  await second.page.waitForURL(/\/ledgers\/pledge\/[0-9A-Z]{26}/);
  const place = new URL(second.page.url()).pathname;
  await second.visit(`${place}/edit`);
  await officer.visit(`${place}/edit`);
  await officer.fill("従事する業務", "見本の名簿の整理と点検");
  await officer.press("変更を保存する");
  await officer.sees("保存しました");
  await second.fill("従事する業務", "見本の名簿の廃棄");
  await second.press("変更を保存する");
  assert.match(await second.words(), /見本の名簿の整理と点検/);
  assert.ok((await second.page.content()).includes("見本の名簿の廃棄"), "one's own words are still there");
  assert.deepEqual(await second.inspect(), []);
  await officer.visit(place);
  await officer.sees("見本の名簿の整理と点検");
  await second.leave();
});

test("the person pledges, another accepts; the history tells it in sentences", async () => {
  const staff = await Person.at(browser, server);
  await staff.signIn(cast.職員.login);
  await staff.sees("誓約書を出す");
  await staff.follow("誓約書を出す");
  const place = new URL(staff.page.url()).pathname;
  await staff.follow("誓約する");
  await staff.sees("在職中も退職後も漏らさず");
  await staff.press("誓約する");
  await staff.sees("確認待ち");
  await staff.leave();
  await officer.visit(place);
  await officer.press("受理する");
  await officer.sees("「受理する」を行いました");
  await officer.visit(`${place}/history`);
  const words = await officer.words();
  assert.match(words, new RegExp(`${cast.職員.name.slice(0, 1)}.*誓約する`, "s"));
  assert.match(words, /見本の名簿の整理と点検/);
  assert.deepEqual(await officer.inspect(), []);
});

test("a list: conditions, words, sorting, columns, a view of one's own, counts, a file", async () => {
  await officer.visit("/ledgers/assignment");
  await openPanel(officer, "条件");
  const conditions = officer.page.getByRole("search", { name: "絞り込み" });
  await officer.choose("種別", "併任", conditions);
  await officer.press("この条件で", conditions);
  await officer.sees("種別: 併任");
  const rows = await officer.page.locator("main tbody tr").count();
  assert.ok(rows > 0);
  assert.match(await officer.words(), new RegExp(`${rows}件`));
  const save = await openPanel(officer, "この見方を保存する");
  await officer.fill("見方の名前", "併任の人", save);
  await officer.press("見方を保存する", save);
  await officer.sees("見方「併任の人」を保存しました");
  await officer.visit("/ledgers/assignment");
  await officer.follow("併任の人");
  assert.equal(await officer.page.locator("main tbody tr").count(), rows);

  await officer.visit("/ledgers/person");
  const columns = await openPanel(officer, "列を選ぶ");
  await columns.getByLabel("メール").uncheck();
  await officer.press("この列で表示する", columns);
  assert.equal(await officer.page.getByRole("columnheader", { name: "メール" }).count(), 0);
  const first = async () => officer.page.locator("main tbody tr").first().innerText();
  const before = await first();
  await officer.follow("職員番号", officer.page.locator("main thead"));
  assert.notEqual(await first(), before);
  const files = await openPanel(officer, "一覧をファイルに出力する");
  // Taking personal values out asks what for; the answer stands in the journal.
  await officer.through(() => files.getByRole("link", { name: /CSV\(UTF-8\)/ }).click());
  assert.equal(await officer.heading(), "取り出す理由");
  assert.deepEqual(await officer.inspect(), []);
  await officer.fill("理由", "名簿の点検のため");
  const file = await officer.download(() => officer.page.getByRole("button", { name: "理由を残して進む" }).click());
  const text = await readFile(file.path, "utf8");
  assert.ok(text.startsWith("\ufeff職員番号,"), text.slice(0, 40));
  assert.ok(text.includes(cast.職員.name));
  assert.deepEqual(officer.problems, []);
});

test("back from a record leads to the same row; a past day shows what was known then", async () => {
  await officer.visit("/ledgers/person");
  const link = officer.page.locator("main tbody a").nth(5);
  const href = await link.getAttribute("href");
  await officer.through(() => link.click());
  await officer.through(() => officer.page.goBack());
  await officer.page.waitForFunction((href) => document.activeElement?.getAttribute("href") === href, href);
  await officer.visit("/ledgers/person?as_of=2020-01-01");
  assert.equal(await officer.page.locator("main tbody tr a").count(), 0, "nothing was known before the sample was made");
});

test("many records take one step together, or none does", async () => {
  await officer.visit("/ledgers/pledge/new");
  for (const kind of ["職員", "評価者", "実施権者"]) {
    await officer.visit("/ledgers/pledge/new");
    await officer.fill("誓約する人", cast[kind].login);
    await officer.pick("区分", "退職するとき");
    await officer.fill("従事する業務", "まとめて取り消す見本");
    await officer.press("秘密保持の誓約を登録する");
  }
  await officer.visit("/ledgers/pledge?view=waiting");
  await officer.page.getByLabel("このページの行をすべて選ぶ").check();
  await officer.press("取り消す");
  await officer.sees("3件の秘密保持の誓約について「取り消す」を行います");
  await officer.press("3件に「取り消す」を行う");
  await officer.sees("理由を入力してください");
  await officer.fill("理由", "見本のため");
  await officer.press("3件に「取り消す」を行う");
  await officer.sees("3件の秘密保持の誓約について「取り消す」を行いました");
  await officer.visit("/ledgers/pledge?view=waiting");
  assert.equal(await officer.page.locator("main tbody tr a").count(), 0);
  assert.deepEqual(officer.problems, []);
});

test("search finds by parts of names, and only what one may see", async () => {
  const staff = await Person.at(browser, server);
  await staff.signIn(cast.職員.login);
  await staff.page.keyboard.press("/");
  assert.equal(await staff.page.evaluate(() => document.activeElement.id), "search");
  await staff.page.keyboard.type(cast.職員.name.split(/\s/)[0]);
  await staff.through(() => staff.page.keyboard.press("Enter"));
  await staff.sees(cast.職員.name.split(/\s/)[1]);
  await staff.visit(`/search?q=${encodeURIComponent("まとめて取り消す見本")}`);
  assert.equal(await staff.page.locator("main section li").count(), 1, "one's own only");
  await staff.leave();
});
