// Routine through REST, with the session of the person whose duty it is.
import assert from "node:assert/strict";

const secrets = new WeakMap();

/** The session's secret for writing, as pages carry it. */
async function secretOf(person) {
  if (!secrets.has(person)) {
    if (!person.page.url().startsWith(person.server.address)) await person.visit("/");
    secrets.set(person, await person.page.locator("input[name=_secret]").first().inputValue());
  }
  return secrets.get(person);
}

async function write(person, path, body, revision) {
  const headers = { "content-type": "application/json", "x-daicho-secret": await secretOf(person) };
  if (revision !== undefined) headers["if-match"] = `"${revision}"`;
  const { status, text } = await person.ask(path, { method: "POST", headers, data: JSON.stringify(body) });
  assert.ok(status === 200 || status === 201, `${person.name} ${path}: ${status} ${text}`);
  return JSON.parse(text);
}

/** Registers a record. */
export const create = (person, ledger, values) => write(person, `/api/v1/ledgers/${ledger}/records`, values);

/** Takes a step of a record; gives it as it is then. */
export const take = (person, record, name, values = {}) => write(person, `/api/v1/ledgers/${record.ledger}/records/${record.id}/transitions/${name}`, { values }, record.revision);

/** A record as this person reads it. */
export async function read(person, ledger, id) {
  const { status, text } = await person.ask(`/api/v1/ledgers/${ledger}/records/${id}`);
  assert.equal(status, 200, `${person.name} ${ledger} ${id}: ${text}`);
  return JSON.parse(text);
}

/** Records of a ledger that this person reads under a condition. */
export async function list(person, ledger, condition) {
  const found = [];
  for (let after = ""; ;) {
    const { status, text } = await person.ask(`/api/v1/ledgers/${ledger}/records?limit=200&filter=${encodeURIComponent(condition)}${after}`);
    assert.equal(status, 200, `${person.name} ${ledger}: ${text}`);
    const page = JSON.parse(text);
    found.push(...page.records);
    if (!page.next) return found;
    after = `&cursor=${encodeURIComponent(page.next)}`;
  }
}
