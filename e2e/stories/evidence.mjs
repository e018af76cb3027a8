// What the security officer does: an alert is looked into and judged, the journal is asked three plain questions, the
// monthly report is read and printed.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openBrowser, Person, sampleCast } from "../lib/browser.mjs";
import { Server } from "../lib/server.mjs";

const OUT = new URL("../out/evidence/", import.meta.url).pathname;
let browser, server, cast, officer;

before(async () => {
  browser = await openBrowser();
  [server, cast] = await Promise.all([Server.ofSample(), sampleCast()]);
  await mkdir(OUT, { recursive: true });
  officer = await Person.at(browser, server);
  await officer.signIn(cast.監査担当.login);
});

after(async () => {
  await browser?.close();
  await server?.end();
});

/** Words in the entries found; the form above has names of acts and ledgers too. */
async function finds(words) {
  await officer.page.locator("main ol.history").getByText(words).first().waitFor();
}

async function looks(picture) {
  assert.deepEqual(await officer.inspect(OUT + picture), []);
}

test("the night of the sample is told in alerts, and one is judged with its reason", async () => {
  await officer.visit("/ledgers/alert");
  for (const name of ["保護項目の大量の取出し", "開庁時間外の出力と印刷", "サインインの失敗の繰返し", "権限の変更"]) await officer.sees(name);
  await looks("alerts");
  const row = officer.page.locator("main tbody tr", { hasText: "保護項目の大量の取出し" });
  await officer.through(() => row.getByRole("link").first().click());
  for (const words of ["起きたこと", "いま行うこと", "前後の動き", "（この警告の証跡）", "見本: 名簿の一括出力"]) await officer.sees(words);
  await looks("alert");
  const alert = new URL(officer.page.url()).pathname;
  await officer.follow("誤検知と判定する");
  await officer.press("誤検知と判定する");
  await officer.sees("判定の理由");
  await officer.fill("判定の理由", "見本: 命じられた名簿の点検であった。");
  await officer.press("誤検知と判定する");
  await officer.visit(alert);
  await officer.sees("見本: 命じられた名簿の点検であった。");
  assert.deepEqual(officer.problems, []);
});

test("who touched this person, what did this account do, what changed between two days", async () => {
  await officer.visit("/trail");
  await looks("trail");
  await officer.fill("職員番号", cast.職員.login);
  await officer.press("触れた人を調べる");
  await finds("ファイルへの出力");
  await looks("trail-person");
  await officer.visit("/trail");
  await officer.fill("利用者名または職員番号", cast.人事担当.login);
  await officer.press("したことを調べる");
  await finds("ファイルへの出力");
  await finds("理由: 見本: 名簿の一括出力");
  await looks("trail-account");
  await officer.visit("/trail");
  await officer.press("変わったことを調べる");
  await finds("役割の付与");
  await looks("trail-changes");
  assert.deepEqual(officer.problems, []);
});

test("the monthly report leads from each figure to its search, and is printed", async () => {
  let reports = [];
  for (let tries = 0; tries < 240 && reports.length === 0; tries += 1) {
    reports = JSON.parse((await officer.ask("/api/v1/ledgers/security_report/records")).text).records;
    if (reports.length === 0) await new Promise((resolve) => setTimeout(resolve, 500));
  }
  assert.equal(reports.length, 1, "the worker makes the report of the month that ended");
  await officer.visit(`/reports/${reports[0].id}`);
  for (const words of ["証跡の件数", "警告と判定", "所見と対策"]) await officer.sees(words);
  await looks("report");
  const search = await officer.page.locator("main tbody a").first().getAttribute("href");
  assert.match(search, /^\/trail\?from=/);
  const answer = await officer.context.request.get(`${server.address}/documents/security_report?record=${reports[0].id}`);
  assert.equal(answer.headers()["content-type"], "application/pdf");
  const path = join(OUT, "report.pdf");
  await writeFile(path, await answer.body());
  assert.match(execFileSync("pdftotext", ["-layout", path, "-"], { encoding: "utf8" }), /要点[\s\S]*所見[\s\S]*証跡の件数/);
  assert.deepEqual(officer.problems, []);
});
