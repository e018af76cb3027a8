// Somebody lost the telephone and the recovery codes: one administrator asks and says how the person was identified, another
// finds it among their work and approves, and the person enrols anew.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openBrowser, Person } from "../lib/browser.mjs";
import { CHOSEN, chooses, enrols, provesIfAsked } from "../lib/factors.mjs";
import { daicho, emptyFolder, Server } from "../lib/server.mjs";

let browser, server, token;
const said = {};

before(async () => {
  browser = await openBrowser();
  const data = await emptyFolder();
  said.kanri = (await daicho(data, "init", "--admin", "kanri")).stdout.match(/一度限りのパスワード: (\S+)/)[1];
  await writeFile(join(data, "daicho.toml"), 'agency = "見本局"\n');
  server = await Server.of(data);
  token = (await daicho(data, "token", "create", "--name", "setup", "--role", "administrator")).stdout.match(/daicho_\S+/)[0];
});

after(async () => {
  await browser?.close();
  await server?.end();
});

async function account(login, role) {
  const post = async (ledger, body) => {
    const answer = await fetch(`${server.address}/api/v1/ledgers/${ledger}/records`, { method: "POST", headers: { authorization: `Bearer ${token}`, "content-type": "application/json" }, body: JSON.stringify(body) });
    const text = await answer.text();
    assert.equal(answer.status, 201, text);
    return JSON.parse(text).id;
  };
  await post("role_grant", { account: await post("account", { login }), role });
  return (await daicho(server.data, "password", login)).stdout.match(/一度限りのパスワード: (\S+)/)[1];
}

/** Signs in for the first time, chooses a password and enrols. */
async function arrives(login, once) {
  const person = await Person.at(browser, server);
  await person.signIn(login, once);
  await chooses(person, once);
  assert.equal(await person.heading(), "二段階認証");
  const enrolled = await enrols(person);
  assert.equal(await person.heading(), "今日の仕事");
  return { person, ...enrolled };
}

test("one administrator asks that lost devices be taken away and cannot approve it, another does, and the person enrols anew", async () => {
  const first = await arrives("kanri", said.kanri);
  const second = await arrives("kanri02", await account("kanri02", "administrator"));
  const lost = await arrives("kansa01", await account("kansa01", "auditor"));

  await first.person.visit("/ledgers/second_factor_reset/new");
  await first.person.choose("利用者", "kansa01");
  await first.person.press("二段階認証の解除を登録する");
  await provesIfAsked(first.person, first.typed);
  await first.person.sees("本人を確かめた方法");
  await first.person.fill("本人を確かめた方法", "窓口で職員証と顔を見比べた");
  await first.person.fill("失くした端末", "公用の電話");
  await first.person.press("二段階認証の解除を登録する");
  await first.person.sees("申請中");
  assert.deepEqual(await first.person.inspect(), []);
  const address = new URL(first.person.page.url()).pathname;

  assert.ok(await first.person.page.getByRole("button", { name: "解除を承認する" }).first().isDisabled(), "whoever asked cannot approve");

  await lost.person.visit("/profile");
  assert.equal(await lost.person.heading(), "自分の設定", "nothing is taken away yet");
  await second.person.visit("/");
  await second.person.sees("二段階認証の解除を承認する");
  await second.person.visit(address);
  await second.person.sees("窓口で職員証と顔を見比べた");
  await second.person.follow("解除を承認する");
  await second.person.sees("この利用者の端末と回復コードをすべて取り消し");
  await second.person.press("解除を承認する");
  await second.person.sees("解除済み");
  await lost.person.visit("/profile");
  assert.equal(await lost.person.heading(), "サインイン", "every session of the person has ended");
  await lost.person.signIn("kansa01", CHOSEN);
  assert.equal(await lost.person.heading(), "二段階認証", "the password alone opens the enrolment and nothing else");
  await enrols(lost.person);
  assert.equal(await lost.person.heading(), "今日の仕事");
  for (const one of [first, second, lost]) {
    assert.deepEqual(one.person.problems, []);
    await one.person.leave();
  }
});

test("what a browser keeps after signing out is the choice of its keys and nothing of anybody", async () => {
  const person = await Person.at(browser, server);
  await person.signIn("kanri", CHOSEN);
  const kept = () => person.page.evaluate(() => Object.entries({ ...localStorage, ...sessionStorage }));
  assert.deepEqual(await kept(), []);
  await person.page.evaluate(() => localStorage.setItem("daicho.keys", "off"));
  await person.page.getByRole("button", { name: "サインアウトする" }).first().click();
  await person.page.getByRole("heading", { name: "サインイン", level: 1 }).waitFor();
  assert.deepEqual(await kept(), [["daicho.keys", "off"]]);
  await person.leave();
});
