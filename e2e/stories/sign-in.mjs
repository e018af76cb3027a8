// Signing in and out, as the first administrator of an empty installation and as people of the sample.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openBrowser, Person, sampleCast } from "../lib/browser.mjs";
import { daicho, emptyFolder, PASSWORD, Server } from "../lib/server.mjs";

let browser, server, cast;

before(async () => {
  [browser, server, cast] = await Promise.all([openBrowser(), Server.ofSample(), sampleCast()]);
});

after(async () => {
  await browser?.close();
  await server?.end();
});

test("a wrong name or password gives one and the same answer, and nothing of the page behind", async () => {
  const somebody = await Person.at(browser, server);
  await somebody.visit("/ledgers/person");
  assert.match(somebody.page.url(), /\/sign-in\?next=/);
  assert.deepEqual(await somebody.inspect(), []);
  const answers = [];
  for (const [login, password] of [[cast.職員.login, "not-the-password"], ["nobody", PASSWORD]]) {
    await somebody.signIn(login, password);
    answers.push(await somebody.page.locator("#errors").innerText());
    assert.equal(await somebody.field("パスワード").inputValue(), "", "a password is never sent back");
  }
  assert.equal(answers[0], answers[1]);
  assert.deepEqual(somebody.problems, []);
  await somebody.leave();
});

test("a person comes back to the address first asked for, by keyboard alone, and leaves nothing behind", async () => {
  const staff = await Person.at(browser, server);
  await staff.visit("/ledgers/evaluation_round");
  const { keyboard } = staff.page;
  await staff.field("利用者名").focus();
  await keyboard.type(cast.職員.login);
  await keyboard.press("Tab");
  await keyboard.type(PASSWORD);
  await staff.through(() => keyboard.press("Enter"));
  assert.equal(await staff.heading(), "評価期");
  const cookies = await staff.context.cookies();
  const session = cookies.find((cookie) => cookie.name === "daicho");
  assert.equal(session.httpOnly, true);
  assert.equal(session.sameSite, "Lax");
  await staff.signOut();
  assert.equal(await staff.heading(), "サインイン");
  const old = await staff.ask("/ledgers/person", { headers: { cookie: `daicho=${session.value}` } });
  assert.equal(old.status, 303, "the old session is over, even with its cookie");
  await staff.page.goBack();
  await staff.page.waitForLoadState();
  await staff.seesNot("評価期間の初日");
  assert.deepEqual(staff.problems, []);
  await staff.leave();
});

test("my settings name my devices, and one press ends the session on all of them", async () => {
  const [one, two] = await Promise.all([Person.at(browser, server), Person.at(browser, server)]);
  await one.signIn(cast.監査担当.login);
  await two.signIn(cast.監査担当.login);
  await one.visit("/profile");
  await one.sees("監査担当");
  assert.equal(await one.page.getByRole("table", { name: "サインインしている端末" }).locator("tbody tr").count(), 2);
  assert.deepEqual(await one.inspect(), []);
  await one.pressAndAgree("すべての端末でサインアウトする");
  assert.equal(await one.heading(), "サインイン");
  await two.visit("/");
  assert.equal(await two.heading(), "サインイン");
  await one.leave();
  await two.leave();
});

test("a changed password ends the other devices, and the old one no longer opens the door", async () => {
  const [one, two] = await Promise.all([Person.at(browser, server), Person.at(browser, server)]);
  await one.signIn(cast.調整者.login);
  await two.signIn(cast.調整者.login);
  await one.visit("/profile/password");
  await one.fill("現在のパスワード", "wrong");
  await one.fill("新しいパスワード", "Atarashii-kasa-77");
  await one.fill("新しいパスワード(確認)", "Atarashii-kasa-77");
  await one.press("パスワードを変更する");
  await one.sees("現在のパスワードが");
  await one.fill("現在のパスワード", PASSWORD);
  await one.fill("新しいパスワード", "mijikai");
  await one.fill("新しいパスワード(確認)", "mijikai");
  await one.press("パスワードを変更する");
  await one.sees("14文字以上");
  await one.fill("現在のパスワード", PASSWORD);
  await one.fill("新しいパスワード", "Atarashii-kasa-77");
  await one.fill("新しいパスワード(確認)", "Atarashii-kasa-77");
  await one.press("パスワードを変更する");
  await one.sees("パスワードを変更しました");
  await two.visit("/");
  assert.equal(await two.heading(), "サインイン");
  await two.signIn(cast.調整者.login, PASSWORD);
  assert.equal(await two.heading(), "サインイン");
  await two.signIn(cast.調整者.login, "Atarashii-kasa-77");
  assert.equal(await two.heading(), "今日の仕事");
  await one.leave();
  await two.leave();
});

test("an empty installation: the one-time password opens nothing but the page for a new one", async () => {
  const data = await emptyFolder();
  const made = await daicho(data, "init", "--admin", "kanri");
  assert.equal(made.status, 0, made.stderr);
  const once = made.stdout.match(/一度限りのパスワード: (\S+)/)[1];
  assert.equal((await daicho(data, "init", "--admin", "kanri2")).status, 1, "only once");
  const empty = await Server.of(data);
  const admin = await Person.at(browser, empty);
  await admin.signIn("kanri", once);
  assert.equal(await admin.heading(), "パスワードの変更");
  assert.deepEqual(await admin.inspect(), []);
  for (const path of ["/", "/ledgers/account", "/ledgers/evaluation_round", "/search?q=kanri"]) {
    await admin.visit(path);
    assert.equal(await admin.heading(), "パスワードの変更", path);
  }
  assert.ok((await admin.ask("/api/v1/ledgers/account/records")).status >= 400, "nor by REST");
  await admin.fill("現在のパスワード", once);
  await admin.fill("新しいパスワード", "Watashi-dake-no-aikotoba-7");
  await admin.fill("新しいパスワード(確認)", "Watashi-dake-no-aikotoba-7");
  await admin.press("パスワードを変更する");
  await admin.visit("/");
  assert.equal(await admin.heading(), "二段階認証", "an administrator goes on to a second factor");
  assert.deepEqual(admin.problems, []);
  await admin.leave();
  assert.equal(await empty.halt(), 0, "a stop by signal is no failure");
  await empty.end();
});
