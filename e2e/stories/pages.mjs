// Every page that each kind of user finds in the navigation: accessible, as wide as the screen, silent in the console,
// and asking nobody but this server.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { after, before, test } from "node:test";
import { openBrowser, Person, sampleCast } from "../lib/browser.mjs";
import { Server } from "../lib/server.mjs";

const OUT = new URL("../out/pages/", import.meta.url).pathname;
const KINDS = ["人事担当", "評価者", "調整者", "実施権者", "監査担当", "システム管理者", "職員"];
// The same parts need not be measured again for every ledger and person: a page is looked into when it has a part,
// a state or a combination that none before had.
const known = new Set();

let browser, server, cast;

before(async () => {
  browser = await openBrowser();
  [server, cast] = await Promise.all([Server.ofSample(), sampleCast()]);
  await mkdir(OUT, { recursive: true });
});

after(async () => {
  await browser?.close();
  await server?.end();
});

/** Kinds of parts of the page, each with the part it stands in. */
function parts(page) {
  return page.evaluate(() => {
    const kind = (item) => `${item.localName}.${[...item.classList].sort().join(".")}${item.getAttribute("type") ?? ""}${item.getAttribute("role") ?? ""}`;
    return [...new Set([...document.querySelectorAll("main *")].filter((item) => !item.closest("svg")).map((item) => `${kind(item.parentElement)} > ${kind(item)}`))];
  });
}

async function look(person, path, kind) {
  const status = await person.visit(path);
  assert.equal(status, 200, `${kind} ${path}`);
  assert.equal(await person.page.locator("h1").count(), 1, `one heading on ${path}`);
  assert.match(await person.page.title(), /\S/);
  const found = await parts(person.page);
  const fresh = found.filter((part) => !known.has(part));
  if (fresh.length > 0) {
    found.forEach((part) => known.add(part));
    const wrong = await person.inspect(`${OUT}${kind}${path.replace(/[/?=]/g, "_").slice(0, 60)}`);
    assert.deepEqual(wrong, [], `${kind} ${path}`);
    return;
  }
  await person.page.setViewportSize({ width: 390, height: 844 });
  const [screen, full] = await person.page.evaluate(() => [document.documentElement.clientWidth, document.documentElement.scrollWidth]);
  await person.page.setViewportSize({ width: 1280, height: 900 });
  assert.ok(full <= screen, `${path} is ${full} px wide on a phone`);
}

for (const kind of KINDS) {
  test(`the pages of ${kind}`, async () => {
    const person = await Person.at(browser, server);
    await person.signIn(cast[kind].login);
    const links = await person.page.locator("#side a").evaluateAll((all) => all.map((link) => link.getAttribute("href")));
    assert.ok(links.length > 10);
    const more = ["/profile", "/help", "/search?q=見本"];
    for (const path of new Set([...links, ...more])) {
      await look(person, path, kind);
      // One step down: the first record or thing that the page leads to, and the forms above it.
      const below = await person.page.locator("main tbody a[href^='/'], main .title-actions a[href^='/'], main .panel a[href^='/']").evaluateAll((all) => {
        const shape = (href) => href.replace(/[0-9A-Z]{26}/g, "*").replace(/\?.*/, "");
        const one = new Map();
        for (const link of all) if (!link.hasAttribute("download")) one.set(shape(link.getAttribute("href")), link.getAttribute("href"));
        return [...one.values()].slice(0, 4);
      });
      for (const next of below) {
        const shape = `${kind} ${next.replace(/[0-9A-Z]{26}/g, "*").replace(/\?.*/, "")}`;
        if (known.has(shape) || links.includes(next) || next.startsWith("/documents") || next.includes("/file")) continue;
        known.add(shape);
        await look(person, next, kind);
      }
    }
    assert.deepEqual(person.problems, []);
    await person.leave();
  });
}
