// The printed manual: the words of docs/manual with pictures of the sample agency taken just now, so that neither goes
// stale. Result: e2e/out/manual.pdf.
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { openBrowser, Person, sampleCast } from "./lib/browser.mjs";
import { Server } from "./lib/server.mjs";

const WORDS = new URL("../docs/manual/", import.meta.url).pathname;
const OUT = new URL("./out/manual/", import.meta.url).pathname;

/** Pictures: heading of the manual that each stands under, who looks, at which address, and the way on from there. */
const PICTURES = [
  ["今日の仕事を見る", "職員", "/"],
  ["自己申告を書いて提出する", "職員", "/evaluation/mine"],
  ["サインインする", "職員", "/profile"],
  ["評価者", "評価者", "/evaluation/people?step=mine", "main tbody a[href^='/evaluation/sheets/']"],
  ["調整者", "調整者", "/evaluation/adjustment"],
  ["実施権者", "実施権者", "/evaluation/confirmation"],
  ["名簿をファイルから取り込む", "人事担当", "/ledgers/person/import"],
  ["評価期を開始する", "人事担当", "/ledgers/evaluation_round/new"],
  ["進み具合を見て、連絡する", "人事担当", "/evaluation/rounds", "main a[href^='/evaluation/rounds/']"],
  ["一覧の使い方", "人事担当", "/ledgers/evaluation_sheet"],
  ["だれが、いつ、何を変えたかを調べる", "監査担当", "/ledgers/evaluation_sheet", "main tbody a[href^='/evaluation/sheets/']", "main a[href$='/history']"],
  ["利用者と役割", "システム管理者", "/ledgers/account"],
];

async function take(browser, server, cast) {
  const taken = new Map();
  const people = new Map();
  for (const [heading, kind, path, ...on] of PICTURES) {
    if (!people.has(kind)) {
      people.set(kind, await Person.at(browser, server, { viewport: { width: 1080, height: 720 } }));
      await people.get(kind).signIn(cast[kind].login);
    }
    const person = people.get(kind);
    await person.visit(path);
    for (const link of on) await person.through(() => person.page.locator(link).first().click());
    const picture = await person.page.screenshot({ type: "jpeg", quality: 70 });
    taken.set(heading, `data:image/jpeg;base64,${picture.toString("base64")}`);
  }
  return taken;
}

/** The program itself turns the manuals into HTML on its help page; the pictures are put under their headings. */
async function manuals(browser, server, cast, pictures) {
  const reader = await Person.at(browser, server);
  await reader.signIn(cast.職員.login);
  const parts = [];
  for (const file of (await readdir(WORDS)).filter((name) => name.endsWith(".md")).sort()) {
    await reader.visit(`/help?page=${file.replace(/\.md$/, "")}`);
    parts.push(await reader.page.locator("article.manual").evaluate((article, pictures) => {
      for (const heading of article.querySelectorAll("h2, h3, h4")) {
        const source = pictures[heading.textContent.trim()];
        if (!source) continue;
        const image = document.createElement("img");
        image.setAttribute("src", source);
        image.setAttribute("alt", `「${heading.textContent.trim()}」の画面（見本）`);
        heading.after(image);
      }
      return `<article>${article.innerHTML}</article>`;
    }, Object.fromEntries(pictures)));
  }
  const text = (await Promise.all((await readdir(WORDS)).map((name) => readFile(WORDS + name, "utf8")))).join("\n");
  const lost = [...pictures.keys()].filter((heading) => !text.includes(`## ${heading}\n`));
  if (lost.length > 0) throw new Error(`no manual has the headings ${lost.join("、")}`);
  return parts;
}

const STYLE = `
  @page { size: A4; margin: 20mm 18mm; }
  body { font: 10.5pt/1.8 "BIZ UDPGothic", "Noto Sans CJK JP", sans-serif; }
  article { break-before: page; }
  h2 { font-size: 18pt; border-bottom: 2px solid #0017c1; } h3 { font-size: 13pt; margin-top: 1.6em; break-after: avoid; }
  img { display: block; inline-size: 100%; border: 1px solid #949494; margin-block: 0.8em; break-inside: avoid; }
  table { border-collapse: collapse; inline-size: 100%; font-size: 9.5pt; } th, td { border: 1px solid #767676; padding: 0.3em 0.6em; text-align: start; }
  pre { background: #f2f2f2; padding: 0.6em; white-space: pre-wrap; font-size: 9pt; }
`;

const browser = await openBrowser();
const [server, cast] = await Promise.all([Server.ofSample(), sampleCast()]);
try {
  await mkdir(OUT, { recursive: true });
  const parts = await manuals(browser, server, cast, await take(browser, server, cast));
  const html = `<!DOCTYPE html><html lang="ja"><meta charset="utf-8"><title>台帳 Daicho 操作手引書</title><style>${STYLE}</style><h1>台帳 Daicho 操作手引書</h1><p>画面は見本の機関のものです。</p>${parts.join("")}</html>`;
  await writeFile(`${OUT}manual.html`, html);
  const page = await browser.newPage();
  await page.setContent(html, { waitUntil: "load" });
  await page.pdf({ path: `${OUT}../manual.pdf`, preferCSSPageSize: true, printBackground: true, tagged: true, outline: true, displayHeaderFooter: true, headerTemplate: "<span></span>", footerTemplate: '<div style="font-size:8pt;width:100%;text-align:center"><span class="pageNumber"></span> / <span class="totalPages"></span></div>' });
} finally {
  await browser.close();
  await server.end();
}
