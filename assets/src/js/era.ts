// Dates as people type them: 令和8年3月14日, R8.3.14, 2026-03-14, 20260314, in any width. The server decides; this only
// shows what it will understand.

export interface Day {
  year: number;
  month: number;
  day: number;
}

interface Era {
  name: string;
  letter: string;
  /** First year of the era in the Gregorian calendar. */
  first: number;
  /** First day, as year * 10000 + month * 100 + day. */
  start: number;
}

// Newest first. Meiji counts from 1868; its dates are Gregorian from 1873.
const ERAS: Era[] = [
  { name: "令和", letter: "R", first: 2019, start: 20190501 },
  { name: "平成", letter: "H", first: 1989, start: 19890108 },
  { name: "昭和", letter: "S", first: 1926, start: 19261225 },
  { name: "大正", letter: "T", first: 1912, start: 19120730 },
  { name: "明治", letter: "M", first: 1868, start: 18730101 },
];

const WEEKDAYS = "日月火水木金土";

function toNumber(day: Day): number {
  return day.year * 10000 + day.month * 100 + day.day;
}

function exists(day: Day): boolean {
  const date = new Date(Date.UTC(day.year, day.month - 1, day.day));
  return date.getUTCMonth() === day.month - 1 && date.getUTCDate() === day.day;
}

/** Reads a date, or gives null when it is not one (yet). */
export function parseDay(typed: string): Day | null {
  const text = typed.normalize("NFKC").replace(/\s/g, "").toUpperCase();
  const found =
    /^(?:西暦)?(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$/.exec(text) ?? /^(\d{4})(\d{2})(\d{2})$/.exec(text);
  if (found) {
    const day = { year: Number(found[1]), month: Number(found[2]), day: Number(found[3]) };
    return exists(day) ? day : null;
  }
  const era = /^(令和|平成|昭和|大正|明治|[RHSTM])(元|\d{1,2})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$/.exec(text);
  if (!era) return null;
  const rule = ERAS.find((item) => item.name === era[1] || item.letter === era[1]);
  if (!rule) return null;
  const count = era[2] === "元" ? 1 : Number(era[2]);
  if (count < 1) return null;
  const day = { year: rule.first + count - 1, month: Number(era[3]), day: Number(era[4]) };
  if (!exists(day) || toNumber(day) < rule.start) return null;
  // 平成32年 stands in old papers and is taken for 令和2年; 昭和64年1月8日 never existed in anyone's mind.
  const next = ERAS[ERAS.indexOf(rule) - 1];
  if (next && toNumber(day) >= next.start && rule.name !== "平成") return null;
  return day;
}

/** Writes a day with its era; before 1873 the Gregorian year alone. */
export function eraText(day: Day): string {
  const rule = ERAS.find((item) => toNumber(day) >= item.start);
  const count = rule ? day.year - rule.first + 1 : day.year;
  const year = rule ? `${rule.name}${count === 1 ? "元" : count}年` : `${day.year}年`;
  return `${year}${day.month}月${day.day}日`;
}

/** Both calendars in a line, as the server writes them. */
export function bothCalendars(day: Day): string {
  const weekday = new Date(Date.UTC(day.year, day.month - 1, day.day)).getUTCDay();
  return `${eraText(day)}(${WEEKDAYS[weekday]})・西暦${day.year}年`;
}

/** Days since 1970-01-01. */
export function dayNumber(day: Day): number {
  return Date.UTC(day.year, day.month - 1, day.day) / 86_400_000;
}

/** The day with this number. */
export function dayFromNumber(number: number): Day {
  const date = new Date(number * 86_400_000);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}
