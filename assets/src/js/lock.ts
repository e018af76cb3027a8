// Locks the screen after idleness: a cover hides everything, what was typed stays behind it, and a proof takes it away.
import { onParts, pairs, setUp } from "./page";

let used = Date.now();

function secret(): string {
  return document.querySelector<HTMLInputElement>("input[name=_secret]")?.value ?? "";
}

function cover(): HTMLDialogElement {
  const dialog = document.createElement("dialog");
  dialog.className = "cover";
  dialog.setAttribute("aria-labelledby", "cover");
  const heading = document.createElement("h2");
  heading.id = "cover";
  heading.textContent = "画面はロックされています";
  const part = document.createElement("div");
  dialog.append(heading, part);
  // Escape closes a dialog; this one only a proof does.
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  document.body.append(dialog);
  document.body.dataset["covered"] = "yes";
  dialog.showModal();
  return dialog;
}

function show(part: HTMLElement, page: Document): boolean {
  const form = page.querySelector<HTMLFormElement>('main form[action^="/sign-in/again"]');
  if (!form) return false;
  const errors = page.getElementById("errors");
  part.replaceChildren(...[errors, form].filter((one) => one !== null).map((one) => document.importNode(one, true)));
  setUp(part);
  part.querySelector<HTMLInputElement>("input:not([type=hidden])")?.focus();
  return true;
}

function retry(part: HTMLElement, again: () => Promise<void>): void {
  const words = document.createElement("p");
  words.textContent = "通信できません。入力はこの画面に残っています。";
  const button = document.createElement("button");
  button.className = "button button-primary";
  button.textContent = "もう一度試す";
  button.addEventListener("click", () => void again());
  part.replaceChildren(words, button);
}

async function lock(to: string, resume: string, idle: boolean): Promise<void> {
  if (document.body.dataset["covered"]) return;
  const dialog = cover();
  const part = dialog.querySelector("div");
  if (!part) return;
  const uncover = (): void => {
    delete document.body.dataset["covered"];
    used = Date.now();
    dialog.close();
    dialog.remove();
  };
  const ask = async (): Promise<void> => {
    try {
      await fetch(to, { method: "POST", body: new URLSearchParams({ _secret: secret(), idle: idle ? "yes" : "no" }) });
      const answer = await fetch(resume, { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      // The session is over: there is nothing to resume, and the way to sign in is shown.
      if (!show(part, page)) location.reload();
    } catch {
      retry(part, ask);
    }
  };
  dialog.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation();
    const form = event.target as HTMLFormElement;
    void (async () => {
      try {
        const answer = await fetch(form.action, { method: "POST", body: pairs(new FormData(form)) });
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        if (new URL(answer.url).pathname !== resume) return uncover();
        if (!show(part, page)) location.reload();
      } catch {
        retry(part, ask);
      }
    })();
  });
  await ask();
}

export function startLock(): void {
  const { idle, lock: to, resume } = document.body.dataset;
  if (!idle || !to || !resume) return;
  const limit = Number(idle) * 60_000;
  for (const kind of ["pointerdown", "keydown", "wheel", "touchstart"]) {
    document.addEventListener(kind, () => (used = Date.now()), { passive: true, capture: true });
  }
  onParts(() => (used = Date.now()));
  // Whoever locks by hand finds the page as it was, too.
  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target as HTMLFormElement;
      if (new URL(form.action, location.href).pathname !== new URL(to, location.href).pathname) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      void lock(to, resume, false);
    },
    true,
  );
  // A machine that slept comes back late: the time is compared, not waited for.
  window.setInterval(() => {
    if (Date.now() - used >= limit) void lock(to, resume, true);
  }, 5_000);
}
