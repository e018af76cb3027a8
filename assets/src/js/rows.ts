// Numbers of rows in the names of a row table: goals.3.title.

/** Gives `text` the row number `to` wherever the table's name is followed by the number `from`. */
export function renumber(text: string, table: string, from: string, to: string): string {
  return text
    .replaceAll(`${table}.${from}.`, `${table}.${to}.`)
    .replace(new RegExp(`^(${escape(table)}:(?:remove|up|down):)${escape(from)}$`), `$1${to}`);
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** Characters as people count them. */
export function countCharacters(text: string): number {
  const segmenter = new Intl.Segmenter("ja", { granularity: "grapheme" });
  let count = 0;
  for (const part of segmenter.segment(text)) if (part.segment !== "\n" && part.segment !== "\r\n") count += 1;
  return count;
}

/** The sentence of a bulk act for a number of rows. */
export function bulkSentence(sentence: string, count: number): string {
  return sentence.replaceAll("{n}", String(count));
}
