// What a person does with the pages of a ledger: fill a form by the names of its fields, register a record, take a step.
import assert from "node:assert/strict";

const RECORD = /\/([0-9A-HJKMNP-TV-Z]{26})(?:[/?#]|$)/;

/** The record that a page is about. */
export function recordOf(person) {
  return person.page.url().match(RECORD)?.[1] ?? assert.fail(`no record at ${person.page.url()}`);
}

/** Fills one field, whatever it is asked with: a date, a choice, a reference by part of its title, rows, a file. */
async function fillOne(person, form, name, value) {
  if (Array.isArray(value) && typeof value[0] === "object") {
    for (const [at, row] of value.entries()) {
      const there = form.locator(`[name^="${name}.${at}."]`);
      if ((await there.count()) === 0) {
        await form.locator(`button[name="_rows"][value="${name}:add"]`).click();
        await there.first().waitFor({ state: "attached" });
      }
      for (const [column, cell] of Object.entries(row)) await fillOne(person, form, `${name}.${at}.${column}`, cell);
    }
    return;
  }
  const inputs = form.locator(`[name="${name}"]:not([type=hidden])`);
  const kinds = await inputs.evaluateAll((all) => all.map((one) => one.tagName === "SELECT" ? "select" : (one.type ?? "")));
  assert.ok(kinds.length > 0, `no field ${name} at ${person.page.url()}: ${(await person.words()).slice(0, 600)}`);
  if (kinds[0] === "select") {
    const found = await inputs.evaluate((select, wanted) => [...select.options].filter((one) => one.value === wanted || one.text.includes(wanted)).map((one) => one.value), value);
    assert.ok(found.length > 0, `no choice 「${value}」 of ${name} at ${person.page.url()}`);
    await inputs.selectOption(found.includes(value) ? value : found[0]);
  } else if (kinds[0] === "radio" || kinds[0] === "checkbox") {
    const wanted = value === true ? ["true"] : value === false ? [] : [value].flat();
    for (const one of wanted) {
      const byValue = form.locator(`[name="${name}"][value="${one}"]`);
      if (await byValue.count()) await byValue.check();
      else await form.getByLabel(one).first().check();
    }
    if (value === false && kinds[0] === "checkbox") await inputs.uncheck();
  } else if (kinds[0] === "file") {
    await inputs.setInputFiles([value].flat());
  } else {
    await inputs.fill([value].flat().join("\n"));
  }
}


/** Fills the fields of a page by their names. */
export async function fillIn(person, values) {
  const form = person.page.locator("main");
  for (const [name, value] of Object.entries(values)) if (value !== undefined) await fillOne(person, form, name, value);
}

/** Nothing on the page is refused. */
export async function accepted(person) {
  const errors = person.page.locator("#errors");
  if (await errors.count()) assert.fail(`refused at ${person.page.url()}: ${await errors.innerText()}`);
}

/** Registers a record by its page; gives its identifier. */
export async function register(person, ledger, values, look) {
  const asked = values.engagement ? `?engagement=${values.engagement}` : "";
  const status = await person.visit(`/ledgers/${ledger}/new${asked}`);
  assert.equal(status, 200, `${ledger}: the form is given`);
  await fillIn(person, values);
  if (look) await look(person);
  await person.press(`${(await person.heading()).replace(/を?登録する$/, "")}を登録する`);
  await accepted(person);
  return recordOf(person);
}

/** Changes fields of a record by its page. */
export async function amend(person, ledger, id, values) {
  await person.visit(`/ledgers/${ledger}/${id}/edit`);
  await fillIn(person, values);
  await person.press("変更を保存する");
  await accepted(person);
}

/** Takes a step of a record: its button on the record, what is asked, its button on the form. */
export async function step(person, ledger, id, words, values = {}, look) {
  await person.visit(`/ledgers/${ledger}/${id}`);
  await stepHere(person, words, values, look);
}

/** Takes a step from the page that is open: what asks nothing is done at once. */
export async function stepHere(person, words, values = {}, look) {
  const main = person.page.locator("main");
  const asks = main.getByRole("link", { name: words }).first();
  const button = main.getByRole("button", { name: new RegExp(`^${words}`) }).first();
  await asks.or(button).first().waitFor().catch(async () => assert.fail(`no 「${words}」 at ${person.page.url()}: ${(await person.words()).slice(0, 800)}`));
  if (await asks.count()) await person.through(() => asks.click());
  else {
    await person.through(() => button.click());
    return accepted(person);
  }
  await fillIn(person, values);
  if (look) await look(person);
  await person.press(words);
  await accepted(person);
}
