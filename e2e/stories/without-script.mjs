// A browser without script: everything is done by plain links and forms.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openBrowser, Person, sampleCast } from "../lib/browser.mjs";
import { Server } from "../lib/server.mjs";

let browser, server, cast;

before(async () => {
  browser = await openBrowser();
  [server, cast] = await Promise.all([Server.ofSample(), sampleCast()]);
});

after(async () => {
  await browser?.close();
  await server?.end();
});

/** Someone whose browser runs no script, so that pages come whole. */
async function somebody(kind) {
  const person = await Person.at(browser, server, { javaScriptEnabled: false });
  const press = async (words) => {
    await person.page.getByRole("button", { name: words }).first().click();
    await person.page.waitForLoadState();
  };
  await person.visit("/sign-in");
  await person.fill("利用者名", cast[kind].login);
  await person.fill("パスワード", "mihon-no-daicho-2026");
  await press("サインインする");
  return { person, press };
}

test("a record is made with an error on the way, taken on by another, and told in its history", async () => {
  const { person: officer, press } = await somebody("監査担当");
  // The other areas of the navigation are one press away, without script too.
  await officer.page.locator("#side summary", { hasText: "情報の保護" }).click();
  await officer.page.locator("#side").getByRole("link", { name: "秘密保持の誓約" }).click();
  await officer.page.getByRole("link", { name: "秘密保持の誓約を登録する" }).first().click();
  await press("秘密保持の誓約を登録する");
  await officer.sees("「従事する業務」を入力してください。");
  await officer.fill("誓約する人", cast.職員.login);
  await officer.pick("区分", "従事するとき");
  await officer.fill("従事する業務", "筆記だけの見本");
  await press("下書きとして残す");
  await officer.sees("下書きを保存しました");
  await officer.page.getByRole("link", { name: "秘密保持の誓約を登録する" }).first().click();
  await officer.page.getByRole("link", { name: "下書きから続ける" }).click();
  await press("秘密保持の誓約を登録する");
  await officer.sees("秘密保持の誓約を登録しました");
  const place = new URL(officer.page.url()).pathname;

  const { person: staff, press: staffPress } = await somebody("職員");
  await staff.page.getByRole("link", { name: "誓約書を出す" }).click();
  await staff.page.getByRole("link", { name: "誓約する", exact: true }).click();
  await staffPress("誓約する");
  await staff.sees("「誓約する」を行いました");

  await officer.visit("/ledgers/pledge");
  await officer.page.getByRole("checkbox", { name: /を選ぶ$/ }).last().check();
  await press("受理する");
  await press("1件に「受理する」を行う");
  await officer.sees("1件の秘密保持の誓約について「受理する」を行いました");
  await officer.visit(`${place}/history`);
  await officer.sees("受理する");
  for (const person of [officer, staff]) {
    assert.deepEqual(person.problems, []);
    await person.leave();
  }
});

test("a self-report is kept half way and handed in", async () => {
  const { person: staff, press } = await somebody("職員");
  await staff.page.getByRole("link", { name: "自己申告を書いて提出する" }).click();
  const sheet = new URL(staff.page.url()).pathname.replace("/ledgers/evaluation_sheet/", "/evaluation/sheets/");
  await staff.visit(sheet);
  for (const area of await staff.page.getByLabel(/^達成状況・行動の事実/).all()) await area.fill("計画のとおり進め、期限までに終えた。");
  await press("途中まで保存する");
  await staff.sees("提出はまだしていません");
  await press("自己申告を提出する");
  await staff.sees("今の状態は「評価」です");
  await staff.visit("/");
  await staff.sees("期限のある作業はありません");
  assert.deepEqual(staff.problems, []);
  await staff.leave();
});
