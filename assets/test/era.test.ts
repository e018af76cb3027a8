import assert from "node:assert/strict";
import test from "node:test";
import { bothCalendars, dayFromNumber, dayNumber, eraText, parseDay } from "../src/js/era";

const iso = (text: string) => {
  const day = parseDay(text);
  return day && `${day.year}-${String(day.month).padStart(2, "0")}-${String(day.day).padStart(2, "0")}`;
};

test("a date is read however it is typed", () => {
  for (const [typed, wanted] of [
    ["令和8年3月14日", "2026-03-14"],
    ["R8.3.14", "2026-03-14"],
    ["r8/3/14", "2026-03-14"],
    ["Ｒ８．３．１４", "2026-03-14"],
    ["2026-03-14", "2026-03-14"],
    ["2026/3/14", "2026-03-14"],
    ["２０２６年３月１４日", "2026-03-14"],
    ["20260314", "2026-03-14"],
    [" 令和 元年 5月 1日 ", "2019-05-01"],
    ["令和1年5月1日", "2019-05-01"],
    ["大正15年12月24日", "1926-12-24"],
    ["昭和元年12月25日", "1926-12-25"],
    ["昭和64年1月7日", "1989-01-07"],
    ["平成元年1月8日", "1989-01-08"],
    ["平成31年4月30日", "2019-04-30"],
    ["平成32年4月1日", "2020-04-01"],
    ["2024-02-29", "2024-02-29"],
  ] as const) {
    assert.equal(iso(typed), wanted, typed);
  }
});

test("what is no date, or not yet, is left alone", () => {
  for (const typed of ["", "令和", "令和8年3月", "R8.13.1", "2026-02-30", "2025-02-29", "昭和64年1月8日", "令和元年4月30日", "令和0年5月1日", "abc"]) {
    assert.equal(parseDay(typed), null, typed);
  }
});

test("both calendars are shown as the server shows them", () => {
  assert.equal(bothCalendars({ year: 2026, month: 3, day: 14 }), "令和8年3月14日(土)・西暦2026年");
  assert.equal(eraText({ year: 2019, month: 5, day: 1 }), "令和元年5月1日");
  assert.equal(eraText({ year: 1872, month: 12, day: 31 }), "1872年12月31日");
});

test("day numbers go there and back", () => {
  assert.equal(dayNumber({ year: 1970, month: 1, day: 2 }), 1);
  assert.deepEqual(dayFromNumber(dayNumber({ year: 2024, month: 2, day: 29 })), { year: 2024, month: 2, day: 29 });
});
