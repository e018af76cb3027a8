// A small agency made as an administrator makes one: files are imported, accounts registered, passwords handed out.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Person } from "./browser.mjs";
import { cp932, csv, xlsx } from "./files.mjs";
import { daicho, emptyFolder, Server } from "./server.mjs";

const FILES = {
  organisation: [
    ["コード", "名称", "上位組織コード", "種別", "有効開始日", "有効終了日"],
    ["M", "見本省", "", "省", "H13.1.6", ""],
    ["B", "見本局", "M", "局", "H13.1.6", ""],
    ["D1", "第一課", "B", "課", "H13.1.6", ""],
    ["D2", "人事課", "B", "課", "H13.1.6", ""],
  ],
  post: [
    ["コード", "名称", "組織コード", "職制段階", "定員"],
    ["DG", "局長", "B", "局長", "1"],
    ["DR1", "第一課長", "D1", "課長", "1"],
    ["DD1", "第一課課長補佐", "D1", "課長補佐", "2"],
    ["ST1", "第一課係員", "D1", "係員", "5"],
    ["ST2", "人事課係員", "D2", "係員", "5"],
  ],
  person: [
    ["職員番号", "氏名", "氏名カナ", "生年月日", "採用年月日", "メール"],
    ["dg", "見本　二郎", "ミホン　ジロウ", "S40.4.1", "H2.4.1", "dg@example.go.jp"],
    ["dr1", "見本　三郎", "ミホン　サブロウ", "S45.4.1", "H5.4.1", "dr1@example.go.jp"],
    ["dd1", "見本　四郎", "ミホン　シロウ", "S50.4.1", "H10.4.1", "dd1@example.go.jp"],
    ["st1", "見本　花子", "ミホン　ハナコ", "H7.4.1", "H30.4.1", "st1@example.go.jp"],
    ["st2", "見本　梅子", "ミホン　ウメコ", "H8.4.1", "H31.4.1", "st2@example.go.jp"],
    ["pa", "見本　桜子", "ミホン　サクラコ", "S60.4.1", "H20.4.1", "pa@example.go.jp"],
    ["au", "見本　監査", "ミホン　カンサ", "S60.4.1", "H20.4.1", "au@example.go.jp"],
  ],
  assignment: [
    ["職員番号", "官職コード", "発令日", "終了日", "種別"],
    ["dg", "DG", "R6.4.1", "", "本務"],
    ["dr1", "DR1", "R6.4.1", "", "本務"],
    ["dd1", "DD1", "R6.4.1", "", "本務"],
    ["st1", "ST1", "R6.4.1", "", "本務"],
    ["st2", "ST1", "R6.4.1", "", "本務"],
    ["pa", "ST2", "R6.4.1", "", "本務"],
  ],
  evaluation_line: [
    ["組織コード", "職制段階", "評価者官職コード", "調整者官職コード", "実施権者官職コード"],
    ["D1", "係員", "DD1", "DR1", "DG"],
  ],
  account: [
    ["利用者名", "職員番号"],
    ...["dg", "dr1", "dd1", "st1", "st2", "pa", "au"].map((login) => [login, login]),
  ],
  role_grant: [
    ["利用者名", "役割"],
    ["pa", "人事担当"],
    ["au", "監査担当"],
  ],
};

/** Password that everybody of the agency chooses at the first sign-in. */
export const CHOSEN = "Mihon-kyoku-no-kasa-31";

/** Makes the agency and serves it. */
export async function makeAgency() {
  const data = await emptyFolder();
  const folder = await emptyFolder();
  const said = [await daicho(data, "init", "--admin", "kanri")];
  let kind = 0;
  for (const [ledger, rows] of Object.entries(FILES)) {
    // Both kinds of file in turn.
    const workbook = (kind += 1) % 2 === 1;
    const path = join(folder, `${ledger}.${workbook ? "xlsx" : "csv"}`);
    await writeFile(path, workbook ? xlsx(rows) : cp932(csv(rows)));
    said.push(await daicho(data, "import", ledger, path));
  }
  const wrong = said.find((one) => one.status !== 0);
  if (wrong) throw new Error(wrong.stdout + wrong.stderr);
  await writeFile(join(data, "daicho.toml"), 'agency = "見本省見本局"\n[sign_in.second_factor]\nrequired = []\n');
  const server = await Server.of(data);
  await registerScales(server);
  return server;
}

/** Every agency has scales of marks in force; where the installation brings none, the office registers its own. */
async function registerScales(server) {
  const token = (await daicho(server.data, "token", "create", "--name", "setup", "--role", "personnel")).stdout.match(/dcho_\S+|[A-Za-z0-9_-]{30,}/)[0];
  const ask = (path, options = {}) => fetch(server.address + path, { ...options, headers: { authorization: `Bearer ${token}`, "content-type": "application/json" } });
  const place = "/api/v1/ledgers/rating_scale/records";
  if ((await (await ask(place)).json()).records.length > 0) return;
  const marks = (labels) => labels.map((label, at) => ({ order: at + 1, code: String(labels.length - at), label }));
  for (const [code, kind, labels] of [
    ["overall", "overall", ["卓越して優秀", "非常に優秀", "優良", "良好", "やや不十分", "不十分"]],
    ["item", "item", ["s", "a", "b", "c", "d"]],
  ]) {
    const body = { code, name: `見本の段階 ${code}`, kind, valid_from: "2022-10-01", marks: marks(labels) };
    const answer = await ask(place, { method: "POST", body: JSON.stringify(body) });
    if (answer.status !== 201) throw new Error(await answer.text());
  }
}

/** One of the agency at a browser: signs in with the one-time password and chooses their own. */
export async function comes(browser, server, login) {
  const once = (await daicho(server.data, "password", login)).stdout.match(/一度限りのパスワード: (\S+)/)[1];
  const person = await Person.at(browser, server);
  await person.signIn(login, once);
  await person.fill("現在のパスワード", once);
  await person.fill("新しいパスワード", CHOSEN);
  await person.fill("新しいパスワード(確認)", CHOSEN);
  await person.press("パスワードを変更する");
  await person.sees("パスワードを変更しました");
  return person;
}
