// Second factors as people show them: one-time codes of RFC 6238 made here from the secret as a person types it, the first
// enrolment after a one-time password.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";

/** Password that everybody chooses after a one-time password. */
export const CHOSEN = "Yane-no-ue-no-neko-31";

/** The code of an instant. */
export function codeOf(typed, at = Date.now()) {
  const bits = [...typed.replaceAll(/\s/g, "")].map((one) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(one).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const sum = createHmac("sha1", key).update(step).digest();
  return String((sum.readUInt32BE(sum[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** The first code of a secret after the step of its last one, so that none is used twice. */
const last = new Map();
export async function freshCode(typed) {
  while (Math.floor(Date.now() / 30_000) <= (last.get(typed) ?? 0)) await new Promise((resolve) => setTimeout(resolve, 500));
  last.set(typed, Math.floor(Date.now() / 30_000));
  return codeOf(typed);
}

/** Replaces a one-time password. */
export async function chooses(person, once) {
  await person.fill("現在のパスワード", once);
  await person.fill("新しいパスワード", CHOSEN);
  await person.fill("新しいパスワード(確認)", CHOSEN);
  await person.press("パスワードを変更する");
}

/** Enrols an application for one-time codes; gives its secret and the recovery codes. */
export async function enrols(person) {
  await person.press("認証アプリを登録する");
  const typed = await person.page.locator(".typed-secret").innerText();
  assert.deepEqual(await person.inspect(), []);
  await person.fill("端末の名前", "見本の電話");
  await person.fill("認証コード", "000000");
  await person.press("登録する");
  await person.sees("コードが正しくありません");
  assert.equal(await person.page.locator(".typed-secret").innerText(), typed, "the same picture goes on");
  await person.fill("認証コード", await freshCode(typed));
  await person.press("登録する");
  await person.sees("回復コード");
  assert.deepEqual(await person.inspect(), []);
  const codes = await person.page.locator(".recovery-codes code").allInnerTexts();
  assert.equal(codes.length, 10);
  await person.follow("保管したので続ける");
  return { typed, codes };
}

/** Gives a proof where the page asks for one before an act. */
export async function provesIfAsked(person, typed) {
  if ((await person.heading()) !== "本人の確認") return;
  await person.fill("認証コード", await freshCode(typed));
  await person.press("確認して続ける");
}
