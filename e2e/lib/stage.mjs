// A sample agency that is served as on one day after another, with whoever is needed at a browser.
import assert from "node:assert/strict";
import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openBrowser, Person } from "./browser.mjs";
import { csv } from "./files.mjs";
import { daicho, emptyFolder, makeSample, Server } from "./server.mjs";

export class Stage {
  /** The sample of that day. */
  static async of(day) {
    const stage = new Stage();
    stage.problems = [];
    stage.seen = new Set();
    const sample = await makeSample(day);
    [stage.browser, stage.data] = await Promise.all([openBrowser(), emptyFolder()]);
    await cp(sample, stage.data, { recursive: true });
    const lines = (await readFile(join(sample, "sample-sign-ins.tsv"), "utf8")).trim().split("\n");
    stage.cast = Object.fromEntries(lines.map((line) => line.split("\t")).map(([kind, login, name]) => [kind, { login, name }]));
    return stage;
  }

  /** Rows of a file, imported as an administrator does at the command line. */
  async bring(ledger, rows) {
    const path = join(this.data, `${ledger}.csv`);
    await writeFile(path, csv(rows));
    const done = await daicho(this.data, "import", ledger, path);
    assert.equal(done.status, 0, `${ledger}: ${done.stdout}${done.stderr}`);
  }

  /** It is that day, or that time of the wall clock. Everybody is at their desk anew. */
  async on(moment) {
    await this.close();
    this.moment = moment;
    this.server = await Server.of(this.data, ["demo", "--today", moment]);
    this.people = new Map();
  }

  /** Somebody of this kind, signed in. */
  async who(kind) {
    if (!this.people.has(kind)) {
      const person = await Person.at(this.browser, this.server);
      person.name = this.cast[kind].name;
      await person.signIn(this.cast[kind].login);
      this.people.set(kind, person);
    }
    return this.people.get(kind);
  }

  /** The kind of page that is open stands at both widths; looked at once. */
  async stands(person, name) {
    if (this.seen.has(name)) return;
    this.seen.add(name);
    const pictures = process.env.STORY_PICTURES;
    assert.deepEqual(await person.inspect(pictures && join(pictures, name)), [], name);
  }

  /** Everybody goes home and the server stops. */
  async close() {
    for (const person of this.people?.values() ?? []) {
      this.problems.push(...person.problems);
      await person.leave();
    }
    this.people = new Map();
    await this.server?.halt();
    this.server = null;
  }

  /** The end of the story. */
  async end() {
    await this.close();
    await this.browser.close();
    await rm(this.data, { recursive: true, force: true });
  }
}
