// An officer imports the staff of a new agency: good files are stored, a file with five mistakes is refused as a whole,
// mended in place, and stored.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openBrowser, Person } from "../lib/browser.mjs";
import { cp932, csv, xlsx } from "../lib/files.mjs";
import { daicho, emptyFolder, Server } from "../lib/server.mjs";

const ORGANISATIONS = [
  ["コード", "名称", "上位組織コード", "種別", "有効開始日", "有効終了日"],
  ["M", "見本省", "", "省", "平成13年1月6日", ""],
  ["B1", "見本局", "M", "局", "H13.1.6", ""],
];
const POSTS = [
  ["コード", "名称", "組織コード", "職制段階", "定員"],
  ["P1", "見本局長", "B1", "局長", "１"],
  ["P2", "見本局係員", "B1", "係員", "20"],
];
const PEOPLE = [
  ["職員番号", "氏名", "氏名カナ", "生年月日", "採用年月日", "メール"],
  ["0001", "見本　太郎", "ミホン　タロウ", "S50.4.1", "平成10年4月1日", "taro@example.go.jp"],
  ["0002", "見本　花子", "ミホン　ハナコ", "1990-05-05", "2013-04-01", "hanako@example.go.jp"],
];
const ASSIGNMENTS = [
  ["職員番号", "官職コード", "発令日", "終了日", "種別"],
  ["0001", "P1", "2020-04-01", "", "本務"],
  ["0002", "P2", "2013-04-01", "", "本務"],
];

let browser, server, officer, folder;

async function file(name, content) {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

before(async () => {
  browser = await openBrowser();
  folder = await emptyFolder();
  const data = await emptyFolder();
  const made = await daicho(data, "init", "--admin", "jinji");
  const once = made.stdout.match(/一度限りのパスワード: (\S+)/)[1];
  // The second step of signing in is told in a story of its own.
  await writeFile(join(data, "daicho.toml"), "[sign_in.second_factor]\nrequired = []\n");
  server = await Server.of(data);
  officer = await Person.at(browser, server);
  await officer.signIn("jinji", once);
  await officer.fill("現在のパスワード", once);
  await officer.fill("新しいパスワード", "Kagi-no-tane-wa-mizu-58");
  await officer.fill("新しいパスワード(確認)", "Kagi-no-tane-wa-mizu-58");
  await officer.press("パスワードを変更する");
});

after(async () => {
  await browser?.close();
  await server?.end();
});

async function handIn(ledger, path) {
  await officer.visit(`/ledgers/${ledger}/import`);
  await officer.field("取り込むファイル").setInputFiles(path);
  await officer.press("ファイルの内容を確かめる");
}

async function count(ledger) {
  const answer = await officer.ask(`/api/v1/ledgers/${ledger}/records`);
  return JSON.parse(answer.text).records.length;
}

test("good files in both kinds are previewed, then stored with one press", async () => {
  for (const [ledger, name, content, words] of [
    ["organisation", "組織.xlsx", xlsx(ORGANISATIONS), "2件を取り込む"],
    ["post", "官職.csv", cp932(csv(POSTS)), "2件を取り込む"],
    ["person", "職員.csv", cp932(csv(PEOPLE)), "2件を取り込む"],
    ["assignment", "発令.xlsx", xlsx(ASSIGNMENTS), "2件を取り込む"],
  ]) {
    await handIn(ledger, await file(name, content));
    await officer.sees("誤りはありません");
    assert.equal(await count(ledger), 0, "nothing is stored before the last button");
    await officer.press(words);
    assert.equal(await count(ledger), 2, ledger);
  }
  await officer.visit("/ledgers/person");
  await officer.sees("見本　花子");
  await handIn("person", await file("職員.csv", cp932(csv(PEOPLE))));
  await officer.sees("取り込む変更はありません");
});

test("five mistakes: every bad cell is named, nothing is stored; mended in place, all is stored", async () => {
  const people = [PEOPLE[0], ["0003", "\u{20BB7}田　見本", "ヨシダ　ミホン", "1980-13-45", "2005-04-01", "a@example.go.jp"], ["0004", "見本　二郎", "ミホン　ジロウ", "1985-01-01", "2008-04-01", "b@example.go.jp"], ["0004", "見本　三郎", "ミホン　サブロウ", "1986-01-01", "2009-04-01", "c@example.go.jp"]];
  const path = await file("追加の職員.xlsx", xlsx(people));
  const line = await daicho(server.data, "import", "person", path);
  assert.equal(line.status, 2, "the command line refuses it too");
  await handIn("person", path);
  for (const [cell, part] of [["D2", "1980-13-45"], ["B2", "\u{20BB7}"], ["A4", "0004"]]) {
    const row = officer.page.getByRole("row").filter({ hasText: cell });
    assert.ok((await row.first().locator("input").inputValue()).includes(part), `${cell} holds ${part}`);
  }
  assert.deepEqual(await officer.inspect(), []);
  assert.equal(await count("person"), 2);
  const marked = await officer.download(() => officer.page.getByRole("button", { name: "印を付けたファイルを保存する" }).click());
  assert.equal(marked.name, "追加の職員_訂正.xlsx");
  await officer.page.locator('input[name="cell.D2"]').fill("1980-12-31");
  await officer.page.locator('input[name="cell.A4"]').fill("0005");
  await officer.page.locator('input[name="cell.B2"]').fill("吉田　見本");
  await officer.press("直した内容で確かめ直す");
  await officer.sees("誤りはありません");
  assert.equal(await count("person"), 2);
  await officer.press("3件を取り込む");
  assert.equal(await count("person"), 5);

  const assignments = [ASSIGNMENTS[0], ["0002", "P1", "2026-04-01", "", "本務"], ["0003", "P9", "2026-04-01", "", "本務"]];
  await handIn("assignment", await file("異動.csv", cp932(csv(assignments))));
  await officer.sees("本務の期間が重なっています");
  await officer.sees("P9");
  assert.equal(await count("assignment"), 2);
  await officer.page.locator('input[name="cell.B3"]').fill("P2");
  await officer.press("直した内容で確かめ直す");
  await officer.sees("1か所に誤りがあります");
  assert.equal(await count("assignment"), 2, "one mistake left is still nothing stored");
  assert.deepEqual(officer.problems, []);
});

test("whoever may not import is refused, whatever they send", async () => {
  const stranger = await Person.at(browser, server);
  assert.equal((await stranger.ask("/ledgers/person/import")).status, 303);
  assert.equal((await stranger.ask("/ledgers/person/import", { method: "POST", form: { _action: "store" } })).status, 303);
  const forged = await officer.ask("/ledgers/person/import", { method: "POST", form: { _action: "store" } });
  assert.equal(forged.status, 403, "a post without the secret of the session");
  await stranger.leave();
});
