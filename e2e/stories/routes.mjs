// Every address of the program, called by nobody in particular and by each kind of user: never a failure of the server,
// nothing for whoever is not signed in, and nothing of a sheet that is none of the caller's business.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openBrowser, Person, sampleCast } from "../lib/browser.mjs";
import { Server } from "../lib/server.mjs";

const CRATES = new URL("../../crates/", import.meta.url).pathname;
/** Open to everybody. */
const FREE = ["/journal/add-checkpoint", "/sign-in", "/sign-in/sso", "/sign-in/sso/callback", "/signed-out", "/help", "/healthz", "/readyz", "/metrics", "/favicon.ico", "/assets/{*path}"];
/** They end the session that the story goes on with. */
const MACHINES = ["/api/", "/scim/", "/journal/checkpoint", "/journal/tile/", "/journal/add-checkpoint"];
const ENDING = ["/sign-out", "/profile/sign-out-everywhere", "/sign-in/lock"];

let browser, server, cast, routes;
const people = {};
const known = {};

/** Addresses as the sources declare them, so that a new one cannot be forgotten here. */
async function declared() {
  const found = new Set();
  for (const folder of ["ui/src/screens", "talent/src/evaluation/pages", "engagement/src", "assurance/src/pages", "daicho/src/web", "daicho/src/api"]) {
    for (const name of await readdir(join(CRATES, folder), { recursive: true })) {
      if (!name.endsWith(".rs")) continue;
      const text = await readFile(join(CRATES, folder, name), "utf8");
      for (const [, path] of text.matchAll(/(?:Route::(?:read|write|noted|traced)|\.route)\(\s*"(\/[^"]*)"/g)) found.add(path);
    }
  }
  return [...found].sort();
}

before(async () => {
  browser = await openBrowser();
  [server, cast, routes] = await Promise.all([Server.ofSample(), sampleCast(), declared()]);
  for (const kind of Object.keys(cast)) {
    people[kind] = await Person.at(browser, server);
    await people[kind].signIn(cast[kind].login);
  }
  const first = async (path) => JSON.parse((await people.監査担当.ask(path)).text).records[0];
  // A sheet that is being evaluated, of somebody who is none of the people of this story.
  const sheets = JSON.parse((await people.監査担当.ask(`/api/v1/ledgers/evaluation_sheet/records?limit=200&reason=story&filter=${encodeURIComponent("state:is:adjusting")}`)).text).records;
  const own = await Promise.all(Object.values(cast).map(({ login }) => people.監査担当.ask(`/api/v1/ledgers/person/records?filter=number:is:${login}`)));
  const mine = own.map((answer) => JSON.parse(answer.text).records[0].id);
  assert.equal(new Set(mine).size, mine.length);
  known.sheet = sheets.find((sheet) => ["subject", "evaluator", "adjuster", "confirmer"].every((seat) => !mine.includes(sheet.values[seat])));
  known.round = known.sheet.values.round;
  known.alert = (await first("/api/v1/ledgers/alert/records")).id;
  known.person = (await first("/api/v1/ledgers/person/records")).id;
});

after(async () => {
  await browser?.close();
  await server?.end();
});

/** The address with real things in the places of its parameters. */
function filled(route) {
  const id = route.includes("/rounds/") ? known.round : route.startsWith("/alerts/") ? known.alert : known.sheet.id;
  return route
    .replace("{ledger}", "evaluation_sheet")
    .replace("{name}", route.startsWith("/documents") || route.includes("/documents/") ? "evaluation_record" : "confirm")
    .replace("{attachment}", "01ARZ3NDEKTSV4RRFFQ69G5FAV")
    .replace("{id}", id)
    .replace(/\{\*\w+\}/, "nothing");
}

test("there are as many addresses as one would think", () => {
  assert.ok(routes.length > 50, routes.join(" "));
  for (const path of ["/", "/search", "/ledgers/{ledger}/export", "/evaluation/confirmation", "/api/v1/ledgers/{ledger}/records"]) assert.ok(routes.includes(path), path);
});

test("whoever is not signed in is led to the sign-in page, or told so by REST", async () => {
  const nobody = await Person.at(browser, server);
  for (const route of [...routes, "/no-such-page", "/api/v1/no-such-call"]) {
    const path = filled(route);
    for (const method of ["GET", "POST", "PATCH", "DELETE"]) {
      const answer = await nobody.ask(path, { method, ...(method === "POST" ? { form: { _secret: "x" } } : {}) });
      const place = `${method} ${path}: ${answer.status}`;
      assert.ok(answer.status < 500, place);
      if (FREE.includes(route)) continue;
      // Monitors of the journal speak as machines do; checkpoints of others are taken only from those that are witnessed.
      if (MACHINES.some((at) => route.startsWith(at))) assert.ok([401, 405, 404].includes(answer.status) || route === "/api/openapi.json", place);
      else assert.ok(answer.status === 405 || (answer.status === 303 && answer.headers.location.startsWith("/sign-in")), place);
      assert.ok(!answer.text.includes(known.sheet.values.number), place);
    }
  }
  await nobody.leave();
});

for (const kind of ["職員", "評価者", "調整者", "実施権者", "人事担当", "監査担当", "システム管理者"]) {
  test(`${kind} calls every address`, async () => {
    const person = people[kind];
    const reads = (await person.ask(`/api/v1/ledgers/evaluation_sheet/records/${known.sheet.id}`)).status === 200;
    assert.equal(reads, ["人事担当", "監査担当"].includes(kind), `${kind} reads the sheet of a stranger`);
    assert.match(known.sheet.values.number, /^HK-/);
    const secret = await (await person.visit("/profile"), person.page.locator("input[name=_secret]").first().getAttribute("value"));
    const variants = [];
    for (const route of routes.filter((route) => !ENDING.includes(route))) {
      const path = filled(route);
      variants.push(["GET", path], ["GET", `${path}?as_of=2026-10-01&q=%E8%A9%95%E4%BE%A1&record=${known.sheet.id}&format=csv&sort=-number`]);
      // Without the secret of the session nothing is taken; with it, an empty form is refused or changes nothing.
      variants.push(["POST", path, {}], ["POST", path, { _secret: secret }]);
    }
    for (const [method, path, form] of variants) {
      // Sample jobs and reminders of the personnel office are no matter of this story.
      if (form?._secret && /\/(start|remind|templates|all|sign-in|password|bulk|lock)$/.test(path)) continue;
      const answer = await person.ask(path, { method, ...(form ? { form } : {}) });
      assert.ok(answer.status < 500, `${kind} ${method} ${path}: ${answer.status}\n${answer.text.slice(0, 300)}`);
      if (form && !form._secret && !MACHINES.some((at) => path.startsWith(at)) && path !== "/sign-in" && answer.status !== 405) {
        assert.equal(answer.status, 403, `${kind} ${method} ${path} without the secret`);
      }
      if (!reads) assert.ok(!answer.text.includes(known.sheet.values.number), `${kind} ${method} ${path} tells of ${known.sheet.values.number}`);
    }
    assert.equal((await person.ask("/profile")).status, 200, "the session still stands");
  });
}
