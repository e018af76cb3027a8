import assert from "node:assert/strict";
import test from "node:test";
import { bulkSentence, countCharacters, renumber } from "../src/js/rows";

test("rows are numbered anew in names, ids and button values, and nowhere else", () => {
  for (const [text, wanted] of [
    ["goals.2.title", "goals.1.title"],
    ["f-goals.2.title-error", "f-goals.1.title-error"],
    ["goals:remove:2", "goals:remove:1"],
    ["goals.12.title", "goals.12.title"],
    ["other.2.title", "other.2.title"],
    ["goals:add", "goals:add"],
  ] as const) {
    assert.equal(renumber(text, "goals", "2", "1"), wanted);
  }
  assert.equal(renumber("goals.__row__.title", "goals", "__row__", "0"), "goals.0.title");
});

test("characters are counted as people count them", () => {
  assert.equal(countCharacters("葛\u{E0100}城𠮷野\nか\u3099"), 5);
});

test("the sentence names how many", () => {
  assert.equal(bulkSentence("{n}件を提出します。{n}件とも戻せます。", 3), "3件を提出します。3件とも戻せます。");
});
