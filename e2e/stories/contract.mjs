// The pages of a contract: schedule, earned value, map of risks, a meeting that turns into minutes, the inspection desk.
import assert from "node:assert/strict";
import { cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openBrowser, Person, sampleCast } from "../lib/browser.mjs";
import { csv } from "../lib/files.mjs";
import { daicho, emptyFolder, SAMPLE, Server } from "../lib/server.mjs";

let browser, server, supervisor, cast, contract;
const PICTURES = process.env.STORY_PICTURES;

/** Imports rows as an administrator does at the command line. */
async function bring(data, ledger, rows) {
  const path = join(data, `${ledger}.csv`);
  await writeFile(path, csv(rows));
  const done = await daicho(data, "import", ledger, path);
  assert.equal(done.status, 0, `${ledger}: ${done.stdout}${done.stderr}`);
}

before(async () => {
  browser = await openBrowser();
  cast = await sampleCast();
  const data = await emptyFolder();
  await cp(SAMPLE, data, { recursive: true });
  await bring(data, "organisation", [["コード", "名称", "種別"], ["SHIKEN1", "見本運用課", "課"], ["SHIKEN9", "見本電算", "会社"]]);
  await bring(data, "role_grant", [["利用者名", "役割"], [cast.職員.login, "監督職員"], [cast.職員.login, "検査職員"], [cast.職員.login, "契約担当官"]]);
  await bring(data, "engagement", [
    ["契約番号", "件名", "調達の方法", "契約の種類", "担当課", "契約相手方", "契約締結日", "履行期間の初日", "履行期間の末日"],
    ["試-0001", "見本システムの運用支援", "一般競争入札（最低価格）", "役務", "SHIKEN1", "SHIKEN9", "2026-04-01", "2026-04-01", "2027-03-31"],
  ]);
  const plan = ["試-0001", "見本 統括", "監督職員が確かめた", "50/50（始めたら50%、終わったら100%）", "契約相手方"];
  const item = (number, name, from, to, started, finished, hours) => [plan[0], number, name, plan[1], plan[4], from, to, plan[2], hours, plan[3], started, finished];
  await bring(data, "work_item", [
    ["契約案件", "WBS番号", "作業名", "責任者", "行う側", "開始予定日", "終了予定日", "完了基準", "計画の工数（時間）", "出来高の測り方", "開始した日", "終了した日"],
    item("1", "要件の確認", "2026-09-01", "2026-09-18", "2026-09-01", "2026-09-17", "120"),
    item("2", "設計", "2026-09-24", "2026-10-30", "2026-09-24", "", "320"),
    item("3", "構築と試験", "2026-11-02", "2026-12-25", "", "", "480"),
    item("4", "手引の作成", "2026-11-16", "2026-12-04", "", "", "80"),
  ]);
  await bring(data, "risk", [
    ["契約案件", "観点", "リスクの内容", "発生要因", "発生確率", "影響度", "担当者", "次の見直しの日", "緊急対応時計画"],
    ["試-0001", "技術", "機器が止まる", "古い", "4 高い", "5 重大", "見本 統括", "2026-12-01", "予備の機器に切り替える"],
    ["試-0001", "人力", "熟練者が抜ける", "一人に頼っている", "3 ありうる", "3 ある", "見本 統括", "2026-10-01", ""],
    ["試-0001", "進捗", "部品が遅れる", "海外から届く", "2 低い", "2 小さい", "見本 統括", "2026-12-15", ""],
  ]);
  server = await Server.of(data, ["demo"]);
  supervisor = await Person.at(browser, server);
  await supervisor.signIn(cast.職員.login);
  const list = JSON.parse((await supervisor.ask(`/api/v1/ledgers/engagement/records?filter=${encodeURIComponent("number:is:試-0001")}`)).text);
  contract = list.records[0].id;
});

after(async () => {
  await browser?.close();
  await server?.end();
});

/** The page stands at both widths, with its picture where pictures are asked for. */
async function stands(name) {
  assert.deepEqual(await supervisor.inspect(PICTURES && join(PICTURES, name)), []);
}

test("the overview leads to the pages of each contract", async () => {
  await supervisor.visit("/progress");
  await stands("overview");
});

test("the home of a contract tells what is due, waits and stands, and folds what can be begun", async () => {
  await supervisor.visit(`/engagements/${contract}`);
  await supervisor.sees("期限はまだありません");
  await supervisor.sees("対応が要ります");
  await supervisor.seesNot("0件");
  await stands("home");
  await supervisor.page.getByText("始める（まだ記録のない台帳）").click();
  await stands("home-open");
});

test("the schedule draws plan and critical works, with a table of the same", async () => {
  await supervisor.visit(`/engagements/${contract}/schedule`);
  await supervisor.sees("ガントチャート");
  await supervisor.sees("なし（要）");
  await stands("schedule");
});

test("earned value draws its curve and opens a formula in place", async () => {
  await supervisor.visit(`/engagements/${contract}/earned-value`);
  await supervisor.page.getByText("式を開く").first().click();
  await supervisor.sees("SPI スケジュール効率");
  await stands("earned-value");
});

test("the map of risks is walked by keyboard from a cell to its risks", async () => {
  await supervisor.visit(`/engagements/${contract}/risks`);
  await stands("risks");
  await supervisor.page.locator(".risk-map a").first().focus();
  await supervisor.through(() => supervisor.page.keyboard.press("Enter"));
  await supervisor.sees("機器が止まる");
  await supervisor.seesNot("部品が遅れる");
});

test("a meeting turns into minutes while people sit", async () => {
  await supervisor.visit(`/ledgers/meeting/new?engagement=${contract}`);
  await supervisor.fill("会議名", "第1回 進捗会議");
  await supervisor.fill("開催日", "2026-11-02");
  await supervisor.fill("場所・方法", "見本庁舎 第2会議室");
  await supervisor.page.locator("[name='agenda.0.topic']").fill("進捗の確認");
  await supervisor.press("会議を登録する");
  const id = supervisor.page.url().split("/").at(-1).split("?")[0];
  await supervisor.visit(`/meetings/${id}/minutes`);
  await stands("meeting-planned");
  await supervisor.follow("開いた");
  await supervisor.press("開いた");
  await supervisor.visit(`/meetings/${id}/minutes`);
  await supervisor.page.locator("[name='agenda.0.said']").fill("予定どおり進んでいる。");
  await supervisor.page.locator("[name='agenda.1.topic']").fill("その他");
  await supervisor.page.locator("[name='agenda.1.said']").fill("次回は12月に開く。");
  await supervisor.press("議事を保存する");
  await supervisor.sees("保存しました");
  assert.equal(await supervisor.page.locator("[name='agenda.1.topic']").inputValue(), "その他");
  await supervisor.follow("出席者を加える");
  await supervisor.fill("氏名", "見本 有識");
  await supervisor.pick("側", "有識者など");
  await supervisor.press("会議の出席を登録する");
  await supervisor.visit(`/meetings/${id}/minutes`);
  await stands("meeting-held");
});

test("the inspection desk stands empty and says what will come", async () => {
  await supervisor.visit("/inspections");
  await supervisor.sees("検査を待つもの");
  await stands("inspections");
  assert.deepEqual(supervisor.problems, []);
});
