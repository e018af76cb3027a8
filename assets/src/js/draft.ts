// Drafts save themselves; forms that were changed are not left by accident.
import { ask } from "./ask";
import { beforeLeaving, onParts, pairs } from "./page";

const PAUSE = 1500;

function clock(): string {
  const now = new Date();
  return `${now.getHours()}:${String(now.getMinutes()).padStart(2, "0")}`;
}

function changed(): HTMLFormElement | null {
  return document.querySelector<HTMLFormElement>("form[data-guard][data-changed]");
}

function guard(form: HTMLFormElement): void {
  form.addEventListener("input", () => (form.dataset["changed"] = "yes"));
  form.addEventListener("submit", () => delete form.dataset["changed"]);
}

function autosave(form: HTMLFormElement, address: string): void {
  const status = form.querySelector<HTMLElement>("[data-autosave-status]");
  let timer = 0;
  let composing = false;
  let dirty = false;

  const save = async (): Promise<void> => {
    window.clearTimeout(timer);
    if (!dirty || composing || !form.isConnected || form.dataset["sending"]) return;
    dirty = false;
    try {
      const answer = await fetch(address, { method: "POST", body: pairs(new FormData(form)), keepalive: true });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      if (!dirty) delete form.dataset["changed"];
      tell(`下書きを保存しました ${clock()}`, false);
    } catch {
      dirty = true;
      tell("下書きを保存できません。通信を確かめてください。入力はこの画面に残っています。", true);
      timer = window.setTimeout(() => void save(), 15_000);
    }
  };
  const tell = (words: string, failed: boolean): void => {
    if (!status) return;
    status.textContent = words;
    status.classList.toggle("failed", failed);
  };
  const wait = (): void => {
    window.clearTimeout(timer);
    if (!composing) timer = window.setTimeout(() => void save(), PAUSE);
  };
  form.addEventListener("compositionstart", () => ((composing = true), window.clearTimeout(timer)));
  form.addEventListener("compositionend", () => ((composing = false), wait()));
  form.addEventListener("input", () => ((dirty = true), wait()));
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && void save());
}

export function startDrafts(): void {
  onParts((root) => {
    for (const form of root.querySelectorAll<HTMLFormElement>("form[data-guard]")) {
      guard(form);
      if (form.dataset["autosave"]) autosave(form, form.dataset["autosave"]);
    }
  });
  window.addEventListener("beforeunload", (event) => changed() && event.preventDefault());
  beforeLeaving(async () => {
    const form = changed();
    if (!form) return true;
    const go = await ask("まだ保存していない入力があります。このページを離れますか。", "保存しないで離れる");
    if (go) delete form.dataset["changed"];
    return go;
  });
}
