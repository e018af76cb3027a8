// People at a browser: each has a session of their own and does what a person can do with keyboard and mouse.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";
import { PASSWORD, SAMPLE } from "./server.mjs";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const POLICY = /default-src 'none'.*script-src 'self'.*form-action 'self'.*frame-ancestors 'none'/;

/** Widths at which every page must stand. */
export const WIDTHS = { desktop: 1280, phone: 390 };

/** Starts the browser of a story. Its owner closes it. */
export function openBrowser() {
  return chromium.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium", headless: true, args: ARGUMENTS });
}

/** Sign-in names of the sample by kind of user. */
export async function sampleCast() {
  const text = await readFile(`${SAMPLE}/sample-sign-ins.tsv`, "utf8");
  const cast = {};
  for (const line of text.trim().split("\n")) {
    const [kind, login, name] = line.split("\t");
    cast[kind] = { login, name };
  }
  return cast;
}

/** One person with a browser window. */
export class Person {
  static async at(browser, server, options = {}) {
    const person = new Person();
    person.server = server;
    person.problems = [];
    person.context = await browser.newContext({ locale: "ja-JP", timezoneId: "Asia/Tokyo", viewport: { width: WIDTHS.desktop, height: 900 }, acceptDownloads: true, ...options });
    person.page = await person.context.newPage();
    person.page.setDefaultTimeout(15_000);
    person.scripted = options.javaScriptEnabled !== false;
    person.page.on("console", (message) => {
      // A refused form is answered with its status, of which the browser tells in the console.
      const refused = /status of (403|404|409|422|429)/.test(message.text());
      if (message.type() === "error" && !refused) person.problems.push(`${message.text()} on ${person.page.url()}`);
    });
    person.page.on("pageerror", (error) => person.problems.push(`${error} on ${person.page.url()}`));
    person.page.on("request", (request) => {
      const own = request.url().startsWith(server.address) || request.url().startsWith("data:");
      if (!own) person.problems.push(`asks ${request.url()}`);
    });
    person.page.on("response", (response) => {
      if (response.status() >= 500) person.problems.push(`${response.status()} from ${response.url()}`);
      const kind = response.headers()["content-type"] ?? "";
      const policy = response.headers()["content-security-policy"] ?? "";
      if (kind.startsWith("text/html") && !POLICY.test(policy)) person.problems.push(`no policy on ${response.url()}`);
    });
    return person;
  }

  async visit(path) {
    const answer = await this.page.goto(this.server.address + path);
    return answer?.status();
  }

  /** Signs in by the form. */
  async signIn(login, password = PASSWORD) {
    await this.visit("/sign-in");
    await this.fill("利用者名", login);
    await this.fill("パスワード", password);
    await this.press("サインインする");
    return this;
  }

  async signOut() {
    await this.press("サインアウトする");
  }

  /** The input that a label belongs to. */
  field(label, within = this.page) {
    const plain = label.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    return within.getByLabel(new RegExp(`^${plain}\\s*(必須|任意)?$`));
  }

  async fill(label, value, within) {
    await this.field(label, within).fill(value);
  }

  async choose(label, choice, within) {
    await this.field(label, within).selectOption({ label: choice });
  }

  /** Picks one of the buttons that stand under a heading. */
  async pick(group, choice, within = this.page) {
    const plain = group.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    const set = within.getByRole("group", { name: new RegExp(`^${plain}\\s*(必須|任意)?$`) });
    await set.getByRole("radio", { name: new RegExp(`^${choice}`) }).first().check();
  }

  /** Does something that leads to another page or a new main part, and waits for it. */
  async through(act) {
    await this.page.evaluate(() => document.querySelector("main")?.setAttribute("data-before", ""));
    await act();
    await this.page.waitForFunction(() => {
      const main = document.querySelector("main");
      return main && !main.hasAttribute("data-before") && document.readyState === "complete";
    });
  }

  /** Presses a button by its words. */
  async press(words, within = this.page) {
    const plain = words.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    await this.through(() => within.getByRole("button", { name: new RegExp(`^${plain}`) }).first().click());
  }

  /** Presses a button, and agrees to the question it asks. */
  async pressAndAgree(words) {
    await this.page.getByRole("button", { name: words, exact: true }).first().click();
    await this.through(() => this.page.getByRole("dialog").getByRole("button", { name: words }).click());
  }

  /** Follows a link by its words. */
  async follow(words, within = this.page) {
    // Names of people carry a wide space, which counts as any other where a name is computed.
    const name = new RegExp(words.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/\s/g, "\\s"));
    await this.through(() => within.getByRole("link", { name }).first().click());
  }

  heading() {
    return this.page.getByRole("heading", { level: 1 }).innerText();
  }

  /** All words of the main part. */
  words() {
    return this.page.locator("main").innerText();
  }

  async sees(words) {
    await this.page.locator("main").getByText(words).first().waitFor({ timeout: 10_000 }).catch(async () => {
      assert.fail(`「${words}」 is not on ${this.page.url()}:\n${await this.words()}`);
    });
  }

  async seesNot(words) {
    assert.ok(!(await this.page.content()).includes(words), `「${words}」 is on ${this.page.url()}`);
  }

  /** The file that a link or button gives. */
  async download(act) {
    const [download] = await Promise.all([this.page.waitForEvent("download"), act()]);
    return { name: download.suggestedFilename(), path: await download.path() };
  }

  /** An answer of REST or of any address, with this person's session. */
  async ask(path, options = {}) {
    const answer = await this.context.request.fetch(this.server.address + path, { maxRedirects: 0, ...options });
    return { status: answer.status(), text: await answer.text(), headers: answer.headers() };
  }

  /** The page is accessible and fits, at desktop and phone width. Gives what is wrong. */
  async inspect(picture) {
    const found = [];
    for (const [size, width] of Object.entries(WIDTHS)) {
      await this.page.setViewportSize({ width, height: size === "phone" ? 844 : 900 });
      if (picture) await this.page.screenshot({ path: `${picture}-${size}.png`, fullPage: true });
      await this.page.evaluate(AXE);
      const report = await this.page.evaluate((rules) => window.axe.run(document, { runOnly: rules, resultTypes: ["violations"] }), RULES);
      for (const rule of report.violations) {
        const places = rule.nodes.slice(0, 4).map((node) => `${node.target}: ${node.failureSummary}`);
        found.push(`${size} ${rule.id} (${rule.nodes.length}): ${places.join("; ")}`);
      }
      const wide = await this.page.evaluate(() => {
        const [screen, full] = [document.documentElement.clientWidth, document.documentElement.scrollWidth];
        if (full <= screen) return "";
        const out = [...document.querySelectorAll("main *")].find((item) => item.getBoundingClientRect().right > screen + 1);
        return `${full} px on a screen of ${screen}: ${out?.outerHTML.slice(0, 160) ?? "?"}`;
      });
      if (wide) found.push(`${size} ${wide}`);
    }
    await this.page.setViewportSize({ width: WIDTHS.desktop, height: 900 });
    return found;
  }

  async leave() {
    await this.context.close();
  }
}
