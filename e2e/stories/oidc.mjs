// Signing in at an identity provider that others wrote: oidc-provider, an OpenID Certified implementation.
import assert from "node:assert/strict";
import { cp, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Provider } from "oidc-provider";
import { openBrowser, Person, sampleCast } from "../lib/browser.mjs";
import { emptyFolder, SAMPLE, Server } from "../lib/server.mjs";

let browser, server, provider, cast, issuer;

function freePort() {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

before(async () => {
  const [mine, theirs] = [await freePort(), await freePort()];
  const home = `http://127.0.0.1:${mine}`;
  issuer = `http://127.0.0.1:${theirs}`;
  const quiet = console.warn;
  console.warn = () => {};
  const made = new Provider(issuer, {
    clients: [
      {
        client_id: "daicho",
        client_secret: "mihon-no-himitsu-2026",
        redirect_uris: [`${home}/sign-in/sso/callback`],
        post_logout_redirect_uris: [`${home}/sign-in`],
      },
    ],
    conformIdTokenClaims: false,
    claims: { openid: ["sub"], profile: ["preferred_username"] },
    pkce: { required: () => true },
    cookies: { keys: ["mihon"] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: `subject-${id}`, preferred_username: id }) }),
  });
  console.warn = quiet;
  provider = await new Promise((resolve) => {
    const listening = made.listen(theirs, "127.0.0.1", () => resolve(listening));
  });
  const data = await emptyFolder();
  await cp(SAMPLE, data, { recursive: true });
  const settings = ["[oidc]", `issuer = "${issuer}"`, 'client_id = "daicho"', 'client_secret = "mihon-no-himitsu-2026"', "[sign_in.second_factor]", "required = []"];
  await writeFile(join(data, "daicho.toml"), [`public_url = "${home}"`, ...settings, ""].join("\n"));
  [browser, server, cast] = await Promise.all([openBrowser(), Server.of(data, ["serve"], {}, `127.0.0.1:${mine}`), sampleCast()]);
});

after(async () => {
  await browser?.close();
  await server?.end();
  provider?.closeAllConnections();
  await new Promise((resolve) => (provider ? provider.close(resolve) : resolve()));
});

/** Goes through the provider's own pages. */
async function authenticate(person, name) {
  const { page } = person;
  await page.locator("input[name=login]").fill(name);
  await page.locator("input[name=password]").fill("anything");
  await page.locator("button[type=submit]").click();
  await page.waitForLoadState();
  if (page.url().startsWith(issuer)) {
    // Consent.
    await page.locator("button[type=submit]").click();
    await page.waitForLoadState();
  }
}

async function begin(person, path = "/sign-in") {
  await person.visit(path);
  await person.page.getByRole("link", { name: "職員認証基盤でサインインする" }).click();
  await person.page.waitForURL((url) => url.href.startsWith(issuer));
}

/** What went wrong in our pages; those of the provider are its own matter. */
function problems(person) {
  return person.problems.filter((problem) => !problem.includes(issuer) && !problem.startsWith("asks https://fonts."));
}

test("somebody of the ledger signs in at the provider, comes back to the address first asked for, and signs out", async () => {
  const staff = await Person.at(browser, server);
  await staff.visit("/ledgers/evaluation_round");
  assert.deepEqual(await staff.inspect(), []);
  await begin(staff, "/ledgers/evaluation_round");
  await authenticate(staff, cast.職員.login);
  assert.equal(await staff.heading(), "評価期");
  const cookies = await staff.context.cookies(server.address);
  assert.deepEqual(cookies.filter((cookie) => cookie.name.startsWith("daicho")).map((cookie) => cookie.name), ["daicho", "daicho_device"], "what was kept meanwhile is gone");
  await staff.signOut();
  assert.equal(await staff.heading(), "サインアウトしました");
  assert.deepEqual(await staff.inspect(), []);
  await staff.page.getByRole("link", { name: "職員認証基盤からもサインアウトする" }).click();
  await staff.page.waitForURL((url) => url.href.startsWith(`${issuer}/session/end`));
  await staff.page.locator("button[name=logout], button[type=submit]").first().click();
  await staff.page.waitForURL((url) => url.href.startsWith(server.address));
  assert.equal(await staff.heading(), "サインイン");
  assert.deepEqual(problems(staff), []);
  await staff.leave();
});

test("whoever is unknown to the ledger does not come in, and is told nothing of the cause", async () => {
  const stranger = await Person.at(browser, server);
  await begin(stranger);
  await authenticate(stranger, "dareka-shiranai");
  assert.equal(await stranger.heading(), "サインインできませんでした");
  assert.deepEqual(await stranger.inspect(), []);
  assert.equal((await stranger.ask("/ledgers/person")).status, 303);
  await stranger.leave();
});

test("an answer is taken once, and only by the browser that began", async () => {
  const staff = await Person.at(browser, server);
  let answer;
  staff.page.on("request", (request) => {
    if (request.url().includes("/sign-in/sso/callback")) answer = request.url();
  });
  await begin(staff);
  await authenticate(staff, cast.職員.login);
  assert.match(answer, /[?&]code=.+&state=.+&iss=/);
  const path = answer.slice(server.address.length);
  assert.equal((await staff.ask(path)).status, 422, "used before");
  const victim = await Person.at(browser, server);
  await victim.visit(path);
  assert.equal(await victim.heading(), "サインインできませんでした", "begun in another browser");
  assert.equal((await victim.ask("/ledgers/person")).status, 303);
  // Another issuer in an answer that is otherwise right.
  await begin(victim);
  await victim.page.route("**/sign-in/sso/callback**", (route) => route.abort());
  const coming = victim.page.waitForRequest((request) => request.url().includes("/sign-in/sso/callback"));
  await authenticate(victim, cast.職員.login).catch(() => {});
  const caught = (await coming).url();
  await victim.page.unroute("**/sign-in/sso/callback**");
  const mixed = new URL(caught);
  mixed.searchParams.set("iss", "https://evil.example");
  await victim.visit(mixed.pathname + mixed.search);
  assert.equal(await victim.heading(), "サインインできませんでした", "mix-up");
  await staff.leave();
  await victim.leave();
});
