// Help while a form is filled in: both calendars, characters left, rows of a table, offers, dropped files.
import { bothCalendars, parseDay } from "./era";
import { announce, onParts } from "./page";
import { countCharacters, renumber } from "./rows";

/** Runs `then` when a value changes, but not while an input method is composing. */
function whenTyped(input: HTMLElement, then: () => void): void {
  input.addEventListener("input", (event) => (event as InputEvent).isComposing || then());
  input.addEventListener("compositionend", then);
}

function dateHint(input: HTMLInputElement): void {
  whenTyped(input, () => {
    const hint = document.getElementById(input.dataset["date"] ?? "");
    const day = parseDay(input.value);
    if (hint) hint.textContent = day ? bothCalendars(day) : "";
  });
}

function counter(area: HTMLTextAreaElement, limit: number): void {
  const line = document.createElement("p");
  line.className = "counter";
  area.after(line);
  const show = (): void => {
    const count = countCharacters(area.value);
    line.textContent = count > limit ? `${count - limit}文字多い(${limit}文字まで)` : `${count} / ${limit}文字`;
    line.classList.toggle("over", count > limit);
  };
  whenTyped(area, show);
  show();
}

function offers(input: HTMLInputElement, address: string): void {
  let timer = 0;
  whenTyped(input, () => {
    window.clearTimeout(timer);
    const typed = input.value.trim();
    if (!typed) return;
    timer = window.setTimeout(async () => {
      const at = new URL(address, location.href);
      at.searchParams.set("q", typed);
      const answer = await fetch(at, { headers: { Accept: "application/json" } }).catch(() => null);
      if (!answer?.ok || !input.list) return;
      const lines = (await answer.json()) as unknown;
      if (!Array.isArray(lines)) return;
      input.list.replaceChildren(...lines.map((line) => Object.assign(document.createElement("option"), { value: String(line) })));
    }, 200);
  });
}

function rowTable(box: HTMLElement, name: string): void {
  const body = box.querySelector("tbody");
  const template = box.querySelector("template");
  if (!body) return;
  const rows = (): HTMLElement[] => [...body.querySelectorAll<HTMLElement>(":scope > [data-row]")];
  const number = (row: HTMLElement, from: string, to: number): void => {
    for (const part of row.querySelectorAll("*")) {
      for (const attribute of [...part.attributes]) {
        const value = renumber(attribute.value, name, from, String(to)).replaceAll("__number__", String(to + 1));
        if (value !== attribute.value) part.setAttribute(attribute.name, value.replace(/\d+行目$/, `${to + 1}行目`));
        else if (attribute.name === "aria-label") part.setAttribute("aria-label", value.replace(/\d+行目/, `${to + 1}行目`));
      }
      if (part.matches("[data-row-action] .visually-hidden")) {
        part.textContent = (part.textContent ?? "").replace(/^(?:\d+|__number__)行目/, `${to + 1}行目`);
      }
    }
  };
  const old = (row: HTMLElement): string => /:(\w+)$/.exec(row.querySelector<HTMLButtonElement>("[data-row-action]")?.value ?? "")?.[1] ?? "";
  // Two passes, so that no two rows share a number on the way (radio buttons would lose their choice).
  const renumberAll = (): void => {
    rows().forEach((row, place) => number(row, old(row), place + 1_000_000));
    rows().forEach((row, place) => number(row, old(row), place));
    box.closest("form")?.dispatchEvent(new Event("input", { bubbles: true }));
  };
  box.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLButtonElement>("[data-row-action]");
    if (!button) return;
    event.preventDefault();
    const row = button.closest<HTMLElement>("[data-row]");
    const action = button.dataset["rowAction"];
    if (action === "add" && template) {
      const fresh = template.content.firstElementChild?.cloneNode(true) as HTMLElement;
      body.append(fresh);
      renumberAll();
      watch(fresh);
      fresh.querySelector<HTMLElement>("input, select, textarea")?.focus();
      announce(`${rows().length}行目を追加しました`);
    } else if (row && action === "remove") {
      const next = (row.nextElementSibling ?? row.previousElementSibling)?.querySelector<HTMLElement>("input, select, textarea");
      row.remove();
      renumberAll();
      (next ?? box.querySelector<HTMLElement>('[data-row-action="add"]'))?.focus();
      announce("行を取り除きました");
    } else if (row && (action === "up" || action === "down")) {
      const other = action === "up" ? row.previousElementSibling : row.nextElementSibling;
      if (action === "up") other?.before(row);
      else other?.after(row);
      renumberAll();
      button.focus();
      announce(`${rows().indexOf(row) + 1}行目に移しました`);
    }
  });
}

function drop(box: HTMLElement): void {
  const input = box.querySelector<HTMLInputElement>('input[type="file"]');
  if (!input) return;
  box.addEventListener("dragover", (event) => (event.preventDefault(), box.classList.add("over")));
  box.addEventListener("dragleave", () => box.classList.remove("over"));
  box.addEventListener("drop", (event) => {
    event.preventDefault();
    box.classList.remove("over");
    if (event.dataTransfer?.files.length) input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

function watch(root: ParentNode): void {
  root.querySelectorAll<HTMLInputElement>("input[data-date]").forEach(dateHint);
  root.querySelectorAll<HTMLTextAreaElement>("textarea[data-limit]").forEach((area) => counter(area, Number(area.dataset["limit"])));
  root.querySelectorAll<HTMLInputElement>("input[data-offers]").forEach((input) => offers(input, input.dataset["offers"] ?? ""));
  root.querySelectorAll<HTMLElement>("[data-drop]").forEach(drop);
}

export function startFields(): void {
  onParts((root) => {
    watch(root);
    root.querySelectorAll<HTMLElement>("[data-rows]").forEach((box) => rowTable(box, box.dataset["rows"] ?? ""));
  });
}
