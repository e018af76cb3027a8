// Opens every page of the component gallery at desktop and phone width under the strict Content-Security-Policy and
// checks it: axe clean, no error in the console, nothing wider than the screen, and the script does what it promises.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, mkdir } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const PAGES = ["today", "list", "record", "form", "states", "charts", "sign-in"];
const WIDTHS = { desktop: 1280, phone: 390 };
const TYPES = { html: "text/html; charset=utf-8", css: "text/css; charset=utf-8", js: "text/javascript; charset=utf-8", svg: "image/svg+xml" };
const out = new URL("./out/gallery/", import.meta.url).pathname;
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let folder, profile, server, address, context;
const drafts = [];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "gallery-"));
  profile = await mkdtemp(join(tmpdir(), "gallery-profile-"));
  await mkdir(out, { recursive: true });
  execFileSync("cargo", ["run", "--quiet", "-p", "ui", "--example", "gallery", "--", folder], {
    cwd: new URL("..", import.meta.url).pathname,
    stdio: "inherit",
  });
  server = createServer(serve);
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  address = `http://127.0.0.1:${server.address().port}`;
  context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    locale: "ja-JP",
    timezoneId: "Asia/Tokyo",
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
});

after(async () => {
  await context?.close();
  server?.close();
  for (const place of [folder, profile]) if (place) await rm(place, { recursive: true, force: true });
});

async function serve(request, response) {
  const { pathname } = new URL(request.url, "http://gallery");
  if (pathname === "/draft.html") {
    let body = "";
    for await (const part of request) body += part;
    drafts.push(new URLSearchParams(body));
    return response.writeHead(204).end();
  }
  if (pathname === "/job.html") {
    return response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify({ done: 1500, total: 3000, words: "3,000件中1,500件を作成しました。", finished: false }));
  }
  try {
    const body = await readFile(join(folder, pathname));
    const type = TYPES[pathname.split(".").at(-1)];
    response.writeHead(200, { "Content-Type": type, "Content-Security-Policy": POLICY }).end(body);
  } catch {
    response.writeHead(404).end();
  }
}

async function open(name, width, options = {}) {
  const page = await context.newPage();
  const problems = [];
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("request", (request) => request.url().startsWith(address) || problems.push(`asks ${request.url()}`));
  await page.setViewportSize({ width, height: 900 });
  if (options.media) await page.emulateMedia(options.media);
  await page.goto(`${address}/${name}.html`);
  return { page, problems };
}

for (const [size, width] of Object.entries(WIDTHS)) {
  for (const name of PAGES) {
    test(`${name} at ${size} width is accessible and fits`, async () => {
      const { page, problems } = await open(name, width);
      await page.screenshot({ path: `${out}${name}-${size}.png`, fullPage: true });
      await page.evaluate(axe);
      const report = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
      const found = report.violations.map((rule) => `${rule.id}: ${rule.nodes.map((node) => `${node.target} ${node.failureSummary}`).join("; ")}`);
      assert.deepEqual(found, []);
      const [inner, full] = await page.evaluate(() => [document.documentElement.clientWidth, document.documentElement.scrollWidth]);
      assert.ok(full <= inner, `${full} px wide on a screen of ${inner}`);
      const small = await page.evaluate(() =>
        [...document.querySelectorAll("a.button, button, select, input:not([type=hidden],[type=checkbox],[type=radio])")]
          .filter((item) => item.checkVisibility({ visibilityProperty: true }) && !item.matches(".visually-hidden"))
          .map((item) => [item.outerHTML.slice(0, 90), item.getBoundingClientRect().height])
          .filter(([, height]) => height < 43.5),
      );
      assert.deepEqual(small, []);
      assert.deepEqual(problems, []);
      await page.close();
    });
  }
}

test("a link changes the page without loading it anew, and back returns to the same row", async () => {
  const { page, problems } = await open("list", WIDTHS.desktop);
  await page.evaluate(() => (window.kept = true));
  await page.getByRole("link", { name: "EV-2025-0114" }).click();
  await page.getByRole("heading", { level: 1, name: "EV-2025-0112 見本 三郎" }).waitFor();
  assert.equal(await page.evaluate(() => window.kept), true);
  assert.equal(await page.evaluate(() => document.activeElement.tagName), "H1");
  assert.match(page.url(), /record\.html$/);
  assert.equal(await page.locator(".site-side [aria-current]").innerText(), "評価記録書の例");
  await page.goBack();
  await page.getByRole("heading", { level: 1, name: "評価記録書" }).waitFor();
  assert.equal(await page.evaluate(() => window.kept), true);
  assert.deepEqual(problems, []);
  await page.close();
});

test("picked rows say what will happen to how many", async () => {
  const { page } = await open("list", WIDTHS.desktop);
  const bar = page.locator("[data-bulk-bar]");
  assert.equal(await bar.isVisible(), false);
  await page.getByLabel("このページの行をすべて選ぶ").check();
  assert.match(await bar.innerText(), /5件を選んでいます/);
  await page.getByLabel("EV-2025-0113 試験 一葉を選ぶ").uncheck();
  assert.match(await bar.innerText(), /4件を選んでいます/);
  await page.close();
});

test("a form shows both calendars, keeps drafts, and numbers its rows", async () => {
  const { page, problems } = await open("form", WIDTHS.desktop);
  await page.getByLabel("面談の希望日").fill("Ｒ８．３．１６");
  assert.equal(await page.locator("#f-due-both").innerText(), "令和8年3月16日(月)・西暦2026年");
  await page.getByLabel("面談の希望日").fill("R8.");
  assert.equal(await page.locator("#f-due-both").textContent(), "");
  await page.getByRole("button", { name: "目標を追加する" }).click();
  await page.keyboard.type("三つ目");
  await page.getByRole("button", { name: "1行目を取り除く" }).click();
  const names = await page.locator("[data-rows] textarea").evaluateAll((items) => items.map((item) => [item.name, item.value]));
  assert.deepEqual(names, [["goals.0.title", "手順書を改める"], ["goals.1.title", "三つ目"]]);
  await page.getByText(/下書きを保存しました \d+:\d\d/).waitFor();
  await page.waitForFunction(() => !document.querySelector("form[data-changed]"));
  const draft = drafts.at(-1);
  assert.equal(draft.get("due"), "R8.");
  assert.equal(draft.get("goals.1.title"), "三つ目");
  assert.deepEqual(problems, []);
  await page.close();
});

test("a question is asked before an act, and the answer counts", async () => {
  const { page } = await open("record", WIDTHS.desktop);
  let posts = 0;
  page.on("request", (request) => request.method() === "POST" && (posts += 1));
  await page.getByRole("button", { name: "調整者へ送る" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "戻る" }).click();
  assert.equal(posts, 0);
  await page.getByRole("button", { name: "調整者へ送る" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "調整者へ送る" }).click();
  await page.waitForFunction(() => !document.querySelector("dialog"));
  await page.waitForTimeout(200);
  assert.equal(posts, 1);
  await page.close();
});

test("keys search and go on, and can be switched off", async () => {
  const { page } = await open("record", WIDTHS.desktop);
  await page.keyboard.press("/");
  assert.equal(await page.evaluate(() => document.activeElement.id), "search");
  await page.keyboard.type("j/k");
  assert.equal(await page.locator("#search").inputValue(), "j/k");
  await page.evaluate(() => document.activeElement.blur());
  await page.getByRole("button", { name: "文字キーの操作(/ j k)を切る" }).click();
  await page.keyboard.press("/");
  assert.notEqual(await page.evaluate(() => document.activeElement.id), "search");
  await page.getByRole("button", { name: "文字キーの操作(/ j k)を使う" }).click();
  await page.close();
});

test("progress is followed", async () => {
  const { page } = await open("states", WIDTHS.desktop);
  await page.getByText("3,000件中1,500件を作成しました。").waitFor();
  assert.equal(await page.locator("progress").evaluate((bar) => bar.value), 1500);
  await page.close();
});

test("everything stands without script", async () => {
  const browser = context.browser() ?? (await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--headless"] }));
  const plain = await browser.newContext({ javaScriptEnabled: false, locale: "ja-JP" });
  const page = await plain.newPage();
  await page.goto(`${address}/form.html`);
  assert.equal(await page.getByRole("button", { name: "自己申告を提出する" }).isVisible(), true);
  assert.equal(await page.getByRole("button", { name: "目標を追加する" }).getAttribute("value"), "goals:add");
  await page.goto(`${address}/list.html`);
  assert.equal(await page.getByRole("button", { name: "催促を送る" }).isVisible(), true);
  await plain.close();
});

test("a page prints on A4 with page numbers and without navigation", async () => {
  const { page } = await open("list", WIDTHS.desktop);
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.locator(".site-header").isVisible(), false);
  assert.equal(await page.locator(".pager").isVisible(), false);
  assert.equal(await page.locator("thead").evaluate((head) => getComputedStyle(head).display), "table-header-group");
  await page.emulateMedia({ media: null });
  for (const name of ["list", "record", "charts"]) {
    await page.goto(`${address}/${name}.html`);
    await page.pdf({ path: `${out}${name}.pdf`, preferCSSPageSize: true, printBackground: false });
  }
  const pages = (await readFile(`${out}list.pdf`, "latin1")).match(/\/Type\s*\/Page\b/g);
  assert.equal(pages?.length, 1, "a short list takes one sheet");
  await page.close();
});
