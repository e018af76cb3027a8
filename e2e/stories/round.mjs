// A performance round from goal to disclosure, played by everybody who has a part in it, in an agency that was made from
// imported files. At every step the subject looks everywhere for what they may not know yet.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { comes, makeAgency } from "../lib/agency.mjs";
import { openBrowser } from "../lib/browser.mjs";

const SHEET = "evaluation_sheet";
const TODAY = new Date(Date.now() + 9 * 3_600_000).toISOString().slice(0, 10);
/** Words that the subject must not find before the disclosure, or ever. */
const SECRETS = {
  finding: "評価者だけの所見あおによし",
  item: "個別の所見たまのおの",
  again: "再評価を求める理由ちはやぶる",
  adjuster: "調整者の所見ぬばたまの",
  back: "差し戻す理由ひさかたの",
  confirmer: "実施権者の所見たらちねの",
};

let browser, server;
const people = {};
let sheet, round;

before(async () => {
  browser = await openBrowser();
  server = await makeAgency();
  for (const login of ["pa", "st1", "st2", "dd1", "dr1", "dg", "au"]) people[login] = await comes(browser, server, login);
});

after(async () => {
  await browser?.close();
  await server?.end();
});

/** What a printed sheet says. */
async function printed(person) {
  const answer = await person.context.request.get(`${server.address}/documents/evaluation_record?record=${sheet}&reason=${encodeURIComponent("面談で渡すため")}`);
  assert.equal(answer.status(), 200);
  assert.equal(answer.headers()["content-type"], "application/pdf");
  const path = join(server.data, "printed.pdf");
  await writeFile(path, await answer.body());
  return execFileSync("pdftotext", ["-layout", path, "-"], { encoding: "utf8" });
}

/** The subject, and a colleague beside them, look everywhere: no secret word, and no mark of a draft. */
async function seesNothing(step) {
  const record = `/api/v1/ledgers/${SHEET}/records/${sheet}`;
  const places = [
    "/", "/evaluation", "/evaluation/mine", `/evaluation/sheets/${sheet}`, `/ledgers/${SHEET}/${sheet}`, `/ledgers/${SHEET}/${sheet}?as_of=${TODAY}`,
    `/ledgers/${SHEET}/${sheet}/history`, `/ledgers/${SHEET}`, `/ledgers/${SHEET}?view=mine`, `/ledgers/${SHEET}?as_of=${TODAY}`,
    `/ledgers/${SHEET}?group=evaluator_mark`, `/ledgers/${SHEET}?sort=evaluator_mark`, `/ledgers/${SHEET}/export?format=csv&reason=x`, `/ledgers/${SHEET}/export?format=xlsx&reason=x`,
    record, `${record}?as_of=${TODAY}`, `${record}/history`, `/api/v1/ledgers/${SHEET}/records`, `/api/v1/ledgers/${SHEET}/records?sort=evaluator_mark`,
    "/api/v1/duties", "/evaluation/people", "/evaluation/adjustment", "/evaluation/confirmation", "/evaluation/look-back", `/evaluation/rounds/${round}`, `/evaluation/rounds/${round}/waiting`,
    ...Object.values(SECRETS).map((word) => `/search?q=${encodeURIComponent(word)}`),
    ...Object.values(SECRETS).map((word) => `/ledgers/${SHEET}?q=${encodeURIComponent(word)}`),
  ];
  for (const login of ["st1", "st2"]) {
    for (const place of places) {
      const answer = await people[login].ask(place);
      assert.ok(answer.status < 500, `${step}: ${login} ${place} gives ${answer.status}`);
      const asked = decodeURIComponent(place);
      for (const word of Object.values(SECRETS)) {
        // A page may repeat what was searched for; it may not find it.
        if (asked.includes(word)) assert.ok(!answer.text.includes(sheet), `${step}: ${login} finds the sheet at ${asked}`);
        else assert.ok(!answer.text.includes(word), `${step}: ${login} reads 「${word}」 at ${place}`);
      }
      if (place.startsWith("/api/v1/ledgers")) assert.doesNotMatch(answer.text, /evaluator_mark|item_marks|adjuster_mark|confirmer_mark/, `${step}: ${place}`);
    }
    for (const mark of ["優良", "良好", "非常に優秀"]) {
      const found = await people[login].ask(`/ledgers/${SHEET}?f=${encodeURIComponent(`evaluator_mark:is:${mark}`)}`);
      assert.ok(!found.text.includes(sheet), `${step}: ${login} finds out by asking for 「${mark}」`);
    }
  }
  const paper = await printed(people.st1);
  for (const word of [...Object.values(SECRETS), "優良", "非常に優秀"]) assert.ok(!paper.includes(word), `${step}: the subject's print says 「${word}」`);
  assert.equal((await people.st2.ask(`/documents/evaluation_record?record=${sheet}&reason=x`)).status, 404, "a colleague prints nothing");
}

async function clean(person) {
  assert.deepEqual(await person.inspect(), []);
}

test("the personnel office sets the dates, sees who evaluates whom, and opens the round", async () => {
  const officer = people.pa;
  await officer.visit("/ledgers/evaluation_round/new");
  await officer.fill("コード", "2026-G");
  await officer.fill("名称", "見本の業績評価");
  await officer.pick("種類", "業績評価");
  for (const label of ["評価期間の初日", "評価期間の末日", "目標の提出期限", "期首面談の期限", "自己申告の開始日", "自己申告の期限", "評価の期限", "調整の期限", "確認の期限", "開示日", "期末面談の期限"]) {
    await officer.fill(label, TODAY);
  }
  await officer.press("評価期を登録する");
  await officer.sees("評価期を登録しました");
  await officer.visit("/evaluation/rounds");
  await officer.follow("見本の業績評価");
  round = officer.page.url().split("/").at(-1);
  await officer.follow("開始前の一覧を見る");
  await officer.sees("作れない");
  await clean(officer);
  await officer.pressAndAgree("評価期を開始する");
  await officer.page.getByText("作業が終わりました").waitFor({ timeout: 40_000 });
  await officer.follow("結果を見る");
  await officer.sees("目標の提出率");
  await clean(officer);
});

test("the subject writes goals: a slip is named, a goal is added, then they are handed in", async () => {
  const subject = people.st1;
  await subject.visit("/");
  await subject.sees("目標を書いて提出する");
  await subject.visit("/evaluation/mine");
  await subject.follow("目標を書く");
  sheet = subject.page.url().split("/").at(-1);
  await subject.press("目標を提出する");
  assert.ok((await subject.page.locator("#errors").innerText()).length > 0);
  await subject.page.getByLabel(/^目標の題/).first().fill("窓口の手順書を改める");
  await subject.page.getByLabel(/^何を、いつまでに/).first().fill("年度末までに、問合せの多い十の手続を見開きにまとめる。");
  await subject.press("目標を追加する");
  await subject.page.getByLabel(/^目標の題/).nth(1).fill("引継ぎの記録を整える");
  await subject.page.getByLabel(/^何を、いつまでに/).nth(1).fill("三月までに、係の全員が同じ様式で記録する。");
  await clean(subject);
  await subject.press("目標を提出する");
  await subject.sees("今の状態は「期首面談」です");
  await seesNothing("goals handed in");
});

test("the evaluator meets the subject and agrees the goals", async () => {
  const evaluator = people.dd1;
  await evaluator.visit("/evaluation/people");
  await clean(evaluator);
  await evaluator.follow("評価を続ける");
  await evaluator.fill("期首面談の日", TODAY);
  await evaluator.pick("期首面談の方法", "対面");
  await evaluator.fill("期首面談の記録", "二つの目標を確かめた。");
  await evaluator.press("期首面談を終えて目標を確定する");
  await evaluator.sees("今の状態は「期中」です");
});

test("the subject reports, unseen until it is handed in", async () => {
  const subject = people.st1;
  await subject.visit(`/evaluation/sheets/${sheet}`);
  await subject.press("自己申告を始める");
  for (const area of await subject.page.getByLabel(/^達成状況・行動の事実/).all()) await area.fill("十の手続のうち九つをまとめた。");
  await subject.press("途中まで保存する");
  await subject.sees("提出はまだしていません");
  await clean(subject);
  for (const login of ["dd1", "dr1", "dg", "pa"]) {
    for (const place of [`/evaluation/sheets/${sheet}`, `/api/v1/ledgers/${SHEET}/records/${sheet}`, `/api/v1/ledgers/${SHEET}/records/${sheet}/history`, `/ledgers/${SHEET}/${sheet}/history`]) {
      assert.ok(!(await people[login].ask(place)).text.includes("九つをまとめた"), `${login} reads the unfinished report at ${place}`);
    }
  }
  await subject.press("自己申告を提出する");
  await subject.sees("今の状態は「評価」です");
});

/** The evaluator's marks. */
async function evaluates(mark) {
  const evaluator = people.dd1;
  await evaluator.visit(`/evaluation/sheets/${sheet}`);
  const marks = await evaluator.page.getByLabel(/^個別評語/).all();
  assert.equal(marks.length, 2);
  for (const select of marks) await select.selectOption({ index: 2 });
  await evaluator.page.getByLabel(/^所見/).first().fill(SECRETS.item);
  await evaluator.pick("評価者の全体評語", mark);
  await evaluator.fill("評価者の所見", SECRETS.finding);
}

test("the evaluator marks with goal and report in view; the draft and the marks stay hidden", async () => {
  const evaluator = people.dd1;
  await evaluator.visit(`/evaluation/sheets/${sheet}`);
  await evaluator.sees("九つをまとめた");
  await evaluates("優良");
  await clean(evaluator);
  await evaluator.press("途中まで保存する");
  await seesNothing("marks drafted");
  await evaluates("優良");
  await evaluator.press("評価を提出する");
  await evaluator.sees("今の状態は「調整」です");
  await seesNothing("marks handed in");
});

test("the adjuster asks for another evaluation, and moves the mark only with a reason", async () => {
  const adjuster = people.dr1;
  await adjuster.visit("/evaluation/adjustment");
  await adjuster.sees("見本　花子");
  await clean(adjuster);
  await adjuster.follow("見本　花子", adjuster.page.locator("#waiting"));
  await adjuster.follow("再評価を求める");
  await adjuster.fill("理由", SECRETS.again);
  await adjuster.press("再評価を求める");
  await adjuster.sees("今の状態は「評価」です");
  await seesNothing("sent back to the evaluator");
  await people.dd1.visit("/");
  await people.dd1.sees("評価を付けて提出する");
  await evaluates("良好");
  await people.dd1.press("評価を提出する");
  await adjuster.visit(`/evaluation/sheets/${sheet}`);
  await adjuster.pick("調整者の全体評語", "非常に優秀");
  await adjuster.press("調整を終える");
  await adjuster.sees("動かす理由を所見に書いてください");
  await adjuster.pick("調整者の全体評語", "優良");
  await adjuster.fill("調整者の所見", SECRETS.adjuster);
  await adjuster.press("調整を終える");
  await adjuster.sees("今の状態は「確認」です");
  await seesNothing("adjusted");
});

test("the authority sends it back once, then confirms in bulk", async () => {
  const authority = people.dg;
  await authority.visit("/evaluation/confirmation");
  await authority.sees("評語が動いた");
  await clean(authority);
  await authority.follow("見本　花子", authority.page.locator("main tbody"));
  await authority.follow("再調整");
  await authority.fill("理由", SECRETS.back);
  await authority.press("再調整");
  await authority.sees("今の状態は「調整」です");
  await seesNothing("sent back to the adjuster");
  await people.dr1.visit(`/evaluation/sheets/${sheet}`);
  await people.dr1.press("調整を終える");
  await people.dr1.sees("今の状態は「確認」です");
  await authority.visit("/evaluation/confirmation");
  await authority.page.getByRole("checkbox", { name: /見本\s花子/ }).check();
  await authority.press("選んだ評価の確認に進む");
  await authority.press("1件の評価を確認する");
  await authority.sees("1件の評価を確認しました");
  await seesNothing("confirmed");
});

test("on the day of disclosure the subject reads the result, the interview ends the round, the sheet is printed", async () => {
  const officer = people.pa;
  await officer.visit(`/evaluation/sheets/${sheet}`);
  await officer.press("全体評語を開示する");
  await officer.sees("全体評語を開示する");
  const subject = people.st1;
  await subject.visit("/evaluation/mine");
  await subject.sees("全体評語: 優良");
  for (const word of Object.values(SECRETS)) await subject.seesNot(word);
  await clean(subject);
  const evaluator = people.dd1;
  await evaluator.visit(`/evaluation/sheets/${sheet}`);
  await evaluator.fill("期末面談の日", TODAY);
  await evaluator.pick("期末面談の方法", "オンライン");
  await evaluator.fill("期末面談の記録（指導・助言）", "次は説明会の進行も任せたい。");
  await evaluator.press("期末面談を終える");
  await evaluator.sees("今の状態は「終了」です");
  const paper = await printed(officer);
  for (const words of ["人事評価記録書", "見本　花子", "窓口の手順書を改める", "優良"]) {
    assert.ok(paper.replace(/\s/g, "").includes(words.replace(/\s/g, "")), `${words} is not on\n${paper}`);
  }
  const own = (await printed(subject)).replace(/\s/g, "");
  assert.ok(own.includes("優良"));
  for (const word of Object.values(SECRETS)) assert.ok(!own.includes(word), `the subject's print says 「${word}」`);
});

test("the auditor reads the whole history and can change nothing", async () => {
  const auditor = people.au;
  await auditor.visit(`/ledgers/${SHEET}/${sheet}/history`);
  const words = await auditor.words();
  for (const part of [SECRETS.again, SECRETS.back, "見本　四郎", "見本　二郎", "再評価を求める", "評価を確認する"]) assert.ok(words.includes(part), `the history tells nothing of ${part}`);
  await clean(auditor);
  await auditor.choose("内容", "閲覧・印刷・出力");
  await auditor.press("この条件で見る");
  await auditor.sees("「印刷」を行いました");
  await auditor.visit(`/evaluation/sheets/${sheet}`);
  assert.equal(await auditor.page.locator("main").getByRole("button", { name: /提出|調整|確認する|訂正/ }).count(), 0);
  for (const [login, person] of Object.entries(people)) assert.deepEqual(person.problems, [], login);
});
