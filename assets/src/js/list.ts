// Lists: picking rows and the bar that says what will happen to how many; the as-of slider; progress of a job.
import { bulkSentence } from "./rows";
import { dayFromNumber, dayNumber, eraText, parseDay } from "./era";
import { onParts, reload } from "./page";

function bulk(form: HTMLFormElement, name: string): void {
  const boxes = [...form.querySelectorAll<HTMLInputElement>(`input[type="checkbox"][name="${CSS.escape(name)}"]`)];
  const bar = form.querySelector<HTMLElement>("[data-bulk-bar]");
  const says = form.querySelector<HTMLElement>("[data-bulk-says]");
  const place = form.querySelector<HTMLElement>("[data-pick-all]");
  if (!bar || !says) return;
  const all = document.createElement("input");
  all.type = "checkbox";
  const label = document.createElement("label");
  const words = Object.assign(document.createElement("span"), { className: "visually-hidden", textContent: "このページの行をすべて選ぶ" });
  label.append(all, words);
  place?.append(label);
  const show = (): void => {
    const count = boxes.filter((box) => box.checked).length;
    all.checked = count > 0 && count === boxes.length;
    all.indeterminate = count > 0 && count < boxes.length;
    bar.hidden = count === 0;
    const sentences = [...bar.querySelectorAll<HTMLElement>("[data-says]")].map((act) => bulkSentence(act.dataset["says"] ?? "", count));
    says.textContent = count === 0 ? "" : `${count}件を選んでいます。${sentences.length === 1 ? sentences[0] : ""}`;
    bar.querySelectorAll<HTMLElement>("[data-says]").forEach((act, at) => (act.title = sentences[at] ?? ""));
  };
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    show();
  });
  for (const box of boxes) box.addEventListener("change", show);
  show();
}

function asOf(form: HTMLFormElement): void {
  const field = form.querySelector<HTMLInputElement>("input[data-date]");
  const first = parseDay(form.dataset["first"] ?? "");
  const last = parseDay(form.dataset["last"] ?? "");
  if (!field || !first || !last) return;
  const slider = document.createElement("input");
  slider.type = "range";
  slider.min = String(dayNumber(first));
  slider.max = String(dayNumber(last));
  slider.value = String(dayNumber(parseDay(field.value) ?? last));
  slider.setAttribute("aria-label", "いつの時点を見るか");
  const show = (): void => {
    const day = dayFromNumber(Number(slider.value));
    field.value = eraText(day);
    slider.setAttribute("aria-valuetext", field.value);
    field.dispatchEvent(new Event("input"));
  };
  slider.addEventListener("input", show);
  slider.addEventListener("change", () => form.requestSubmit());
  form.append(slider);
  slider.setAttribute("aria-valuetext", field.value);
}

interface Progress {
  done: number;
  total: number;
  words: string;
  finished: boolean;
}

function progress(box: HTMLElement, address: string): void {
  const bar = box.querySelector("progress");
  const words = box.querySelector<HTMLElement>("[data-progress-words]");
  const poll = async (wait: number): Promise<void> => {
    await new Promise((go) => window.setTimeout(go, wait));
    if (!box.isConnected) return;
    const answer = await fetch(address, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer?.ok) return poll(Math.min(wait * 2, 15_000));
    const now = (await answer.json()) as Progress;
    if (bar) Object.assign(bar, { max: Math.max(now.total, 1), value: now.done });
    if (words && words.textContent !== now.words) words.textContent = now.words;
    return now.finished ? reload() : poll(1000);
  };
  void poll(700);
}

export function startLists(): void {
  onParts((root) => {
    root.querySelectorAll<HTMLFormElement>("form[data-bulk]").forEach((form) => bulk(form, form.dataset["bulk"] ?? ""));
    root.querySelectorAll<HTMLFormElement>("form[data-as-of]").forEach(asOf);
    root.querySelectorAll<HTMLElement>("[data-progress]").forEach((box) => progress(box, box.dataset["progress"] ?? ""));
  });
}
