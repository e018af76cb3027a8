// Files as agencies hand them in: CSV in CP932 and XLSX workbooks, made here from rows of text.
import { zip } from "./zip.mjs";

const table = new Map();
{
  // The platform decodes CP932 but does not encode it: turn its table round.
  const decoder = new TextDecoder("shift_jis");
  for (let lead = 0x81; lead <= 0xfc; lead += 1) {
    for (let trail = 0x40; trail <= 0xfc; trail += 1) {
      const text = decoder.decode(Uint8Array.of(lead, trail));
      if ([...text].length === 1 && text !== "\ufffd" && !table.has(text)) table.set(text, [lead, trail]);
    }
  }
}

/** Text in CP932; a character that it lacks is an error, since a file could not hold it. */
export function cp932(text) {
  const bytes = [...text].flatMap((character) => {
    const code = character.codePointAt(0);
    if (code < 0x80) return [code];
    const found = table.get(character);
    if (!found) throw new Error(`CP932 has no ${character}`);
    return found;
  });
  return Buffer.from(bytes);
}

/** Rows as CSV text. */
export function csv(rows) {
  return rows.map((row) => row.map((cell) => (/[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(",")).join("\r\n") + "\r\n";
}

/** Rows as a workbook with one sheet of text cells. */
export function xlsx(rows) {
  const escape = (text) => text.replace(/[&<>]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[sign]);
  const column = (place) => String.fromCharCode(65 + place);
  const cells = rows.map((row, line) => {
    const inner = row.map((cell, place) => (cell ? `<c r="${column(place)}${line + 1}" t="inlineStr"><is><t>${escape(cell)}</t></is></c>` : "")).join("");
    return `<row r="${line + 1}">${inner}</row>`;
  });
  const head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';
  const kinds = "http://schemas.openxmlformats.org";
  return zip({
    "[Content_Types].xml": `${head}<Types xmlns="${kinds}/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`,
    "_rels/.rels": `${head}<Relationships xmlns="${kinds}/package/2006/relationships"><Relationship Id="r1" Type="${kinds}/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    "xl/workbook.xml": `${head}<workbook xmlns="${kinds}/spreadsheetml/2006/main" xmlns:r="${kinds}/officeDocument/2006/relationships"><sheets><sheet name="名簿" sheetId="1" r:id="r1"/></sheets></workbook>`,
    "xl/_rels/workbook.xml.rels": `${head}<Relationships xmlns="${kinds}/package/2006/relationships"><Relationship Id="r1" Type="${kinds}/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
    "xl/worksheets/sheet1.xml": `${head}<worksheet xmlns="${kinds}/spreadsheetml/2006/main"><sheetData>${cells.join("")}</sheetData></worksheet>`,
  });
}
