// The second step of a sign-in, in a browser: one-time codes, passkeys, locked screens, lock-out and its release, the term of
// a password, and a dangerous act that asks who is there without losing the form.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openBrowser, Person } from "../lib/browser.mjs";
import { CHOSEN, chooses, codeOf, enrols, freshCode } from "../lib/factors.mjs";
import { daicho, emptyFolder, Server } from "../lib/server.mjs";

let browser, server, kanri;
const said = {};

async function account(login, ...roles) {
  const token = said.token ??= (await daicho(server.data, "token", "create", "--name", "setup", "--role", "administrator")).stdout.match(/daicho_\S+/)[0];
  const post = async (ledger, body) => {
    const answer = await fetch(`${server.address}/api/v1/ledgers/${ledger}/records`, { method: "POST", headers: { authorization: `Bearer ${token}`, "content-type": "application/json" }, body: JSON.stringify(body) });
    const said = await answer.text();
    assert.equal(answer.status, 201, said);
    return JSON.parse(said).id;
  };
  const id = await post("account", { login });
  for (const role of roles) await post("role_grant", { account: id, role });
  return (await daicho(server.data, "password", login)).stdout.match(/一度限りのパスワード: (\S+)/)[1];
}

before(async () => {
  browser = await openBrowser();
  const data = await emptyFolder();
  said.kanri = (await daicho(data, "init", "--admin", "kanri")).stdout.match(/一度限りのパスワード: (\S+)/)[1];
  await writeFile(join(data, "daicho.toml"), 'agency = "見本局"\n[sign_in.session]\nidle_minutes = 1\n[[sign_in.lock_out]]\nrelease_minutes = 0\n');
  server = await Server.of(data);
  // Passkeys are bound to a name, and an address is none.
  server.address = server.address.replace("127.0.0.1", "localhost");
});

after(async () => {
  await browser?.close();
  await server?.end();
});

test("an administrator must enrol a device after the first password, and every sign-in asks for it", async () => {
  kanri = await Person.at(browser, server);
  await kanri.signIn("kanri", said.kanri);
  await chooses(kanri, said.kanri);
  assert.equal(await kanri.heading(), "二段階認証");
  assert.deepEqual(await kanri.inspect(), []);
  assert.equal((await kanri.ask("/ledgers/account")).status, 303, "nothing else is open");
  assert.equal((await kanri.ask("/api/v1/ledgers")).status, 401, "nor is REST");
  said.enrolled = await enrols(kanri);
  assert.equal(await kanri.heading(), "今日の仕事");
  await kanri.signOut();
  await kanri.signIn("kanri", CHOSEN);
  assert.equal(await kanri.heading(), "二段階目の認証");
  assert.deepEqual(await kanri.inspect(), []);
  await kanri.fill("認証コード", codeOf(said.enrolled.typed, Date.now() - 3_600_000));
  await kanri.press("サインインする");
  await kanri.sees("確認できませんでした");
  await kanri.fill("認証コード", await freshCode(said.enrolled.typed));
  await kanri.press("サインインする");
  assert.equal(await kanri.heading(), "今日の仕事");
  await kanri.sees("前回のサインインは");
  assert.deepEqual(kanri.problems, []);
});

test("a recovery code stands in for the device, once, also without script", async () => {
  const person = await Person.at(browser, server, { javaScriptEnabled: false });
  const enter = async () => {
    await person.visit("/sign-in");
    await person.fill("利用者名", "kanri");
    await person.fill("パスワード", CHOSEN);
    await person.page.getByRole("button", { name: "サインインする" }).click();
    await person.fill("認証コード", said.enrolled.codes[0].toUpperCase());
    await person.page.getByRole("button", { name: "サインインする" }).last().click();
  };
  await enter();
  assert.equal(await person.heading(), "今日の仕事");
  await person.page.getByRole("button", { name: "サインアウトする" }).first().click();
  await enter();
  await person.sees("確認できませんでした");
  await person.leave();
});

test("an idle screen is covered with what was typed behind it until either kind of proof takes the cover away", async () => {
  await kanri.visit("/ledgers/account/new");
  await kanri.fill("利用者名", "tochuu-no-namae");
  await kanri.page.evaluate(() => {
    const now = Date.now;
    Date.now = () => now() + 61_000;
  });
  const cover = kanri.page.locator("dialog.cover");
  await cover.getByLabel(/^認証コード/).waitFor({ timeout: 15_000 });
  const page = await kanri.context.request.get(`${server.address}/ledgers/account`, { maxRedirects: 0 });
  assert.match(page.headers().location, /^\/sign-in\/again/);
  assert.deepEqual(await kanri.inspect(), []);
  await cover.getByLabel(/^パスワード/).fill("chigau");
  await cover.getByLabel(/^認証コード/).fill("000000");
  await cover.getByRole("button", { name: "ロックを解除する" }).click();
  await cover.getByText("確認できませんでした").first().waitFor();
  await cover.getByLabel(/^パスワード/).fill(CHOSEN);
  await cover.getByLabel(/^認証コード/).fill(await freshCode(said.enrolled.typed));
  await cover.getByRole("button", { name: "ロックを解除する" }).click();
  await cover.waitFor({ state: "detached" });
  assert.equal(await kanri.field("利用者名").inputValue(), "tochuu-no-namae");
  await kanri.press("利用者を登録する");
  await kanri.sees("tochuu-no-namae");
});

test("a form posted from a locked screen goes on after the proof, with all that was typed", async () => {
  await kanri.visit("/ledgers/account/new");
  await kanri.fill("利用者名", "ato-kara-kita");
  const secret = await kanri.page.locator("input[name=_secret]").first().getAttribute("value");
  await kanri.ask("/sign-in/lock", { method: "POST", form: { _secret: secret } });
  await kanri.press("利用者を登録する");
  assert.equal(await kanri.heading(), "ロックの解除");
  assert.deepEqual(await kanri.inspect(), []);
  await kanri.fill("パスワード", CHOSEN);
  await kanri.fill("認証コード", await freshCode(said.enrolled.typed));
  await kanri.press("ロックを解除する");
  await kanri.sees("ato-kara-kita");
});

test("failures lock an account, and an administrator releases it for a reason", async () => {
  const once = await account("shokuin01");
  const person = await Person.at(browser, server);
  for (let turn = 0; turn < 5; turn += 1) await person.signIn("shokuin01", "chigau-aikotoba");
  const words = await person.page.locator("#errors").innerText();
  await person.signIn("shokuin01", once);
  assert.equal(await person.page.locator("#errors").innerText(), words, "the right one says the same");
  await kanri.visit("/accounts/locks");
  await kanri.sees("shokuin01");
  assert.deepEqual(await kanri.inspect(), []);
  await kanri.fill("利用者名", "shokuin01");
  await kanri.fill("解除する理由", "");
  await kanri.press("ロックを解除する");
  await kanri.sees("解除する理由を");
  await kanri.fill("解除する理由", "席で本人と確かめた");
  await kanri.press("ロックを解除する");
  await kanri.sees("ロックを解除しました");
  await person.signIn("shokuin01", once);
  assert.equal(await person.heading(), "パスワードの変更");
  await chooses(person, once);
  await person.sees("パスワードを変更しました");
  await person.leave();
});

test("a passkey is made and shown, with the browser's own authenticator", async () => {
  const once = await account("kagi01", "auditor");
  const person = await Person.at(browser, server);
  const devtools = await person.context.newCDPSession(person.page);
  await devtools.send("WebAuthn.enable");
  const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  });
  await person.signIn("kagi01", once);
  await chooses(person, once);
  await person.fill("パスキーの名前", "見本の端末");
  await person.press("パスキーを登録する");
  await person.sees("回復コード");
  assert.equal((await devtools.send("WebAuthn.getCredentials", { authenticatorId })).credentials.length, 1);
  await person.follow("保管したので続ける");
  await person.signOut();
  await person.signIn("kagi01", CHOSEN);
  assert.equal(await person.heading(), "二段階目の認証");
  assert.deepEqual(await person.inspect(), []);
  await person.press("パスキーで確認する");
  assert.equal(await person.heading(), "今日の仕事");
  await person.visit("/profile/factors");
  await person.sees("パスキー");
  assert.deepEqual(await person.inspect(), []);
  await person.pressAndAgree("削除する").catch(() => person.page.keyboard.press("Escape"));
  // Somebody who has the device but not its owner's finger is kept out.
  await devtools.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false });
  await person.visit("/");
  await person.signOut();
  await person.signIn("kagi01", CHOSEN);
  await person.page.getByRole("button", { name: "パスキーで確認する" }).click();
  await person.sees("パスキーで確認できませんでした");
  assert.equal(await person.heading(), "二段階目の認証");
  await person.leave();
});
