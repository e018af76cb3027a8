// Partial page update: links and forms fetch the next page and exchange the parts marked data-swap, so that nothing
// flickers and reading on by keyboard or screen reader starts at the heading. Whatever is unusual is left to the browser.

type Setup = (root: ParentNode) => void;

const setups: Setup[] = [];
let running: AbortController | null = null;
/** Path and query of what is shown. */
let shown = location.pathname + location.search;
let leave: () => Promise<boolean> = () => Promise.resolve(true);

/** Runs now for the whole page and again for every part that is exchanged. */
export function onParts(setup: Setup): void {
  setups.push(setup);
  setup(document);
}

/** Runs everything for a part that was put into the page by other means. */
export function setUp(root: ParentNode): void {
  for (const setup of setups) setup(root);
}

/** Asked before a link or the history leads away. */
export function beforeLeaving(ask: () => Promise<boolean>): void {
  leave = ask;
}

/** Says something to screen readers. */
export function announce(words: string): void {
  const live = document.getElementById("live");
  if (live) live.textContent = words;
}

export function reload(): void {
  void visit(location.href, { history: "none", focus: false });
}

interface Visit {
  history: "push" | "none";
  focus: boolean;
  body?: BodyInit;
}

function sameProgram(next: Document): boolean {
  const script = (page: Document) => page.querySelector<HTMLMetaElement>('meta[name="daicho-script"]')?.content;
  return script(next) === script(document);
}

/** Exchanges the parts; false when the two pages are not alike enough. */
function exchange(next: Document): boolean {
  if (!next.querySelector("main[data-swap]") || !sameProgram(next) || document.body.dataset["replaced"]) return false;
  const shell = (page: Document) => [...page.querySelectorAll("body [data-swap]")].map((part) => part.id).join();
  const printedBy = (page: Document) => page.body.dataset["printedBy"] ?? "";
  if (shell(next) !== shell(document) || printedBy(next) !== printedBy(document)) return false;
  for (const part of document.querySelectorAll("body [data-swap]")) {
    const other = next.getElementById(part.id);
    if (!other) continue;
    const fresh = document.importNode(other, true);
    part.replaceWith(fresh);
    for (const setup of setups) setup(fresh);
  }
  document.title = next.title;
  return true;
}

/** Puts a whole page in place of this one: its surroundings differ, such as before and after signing in. */
function replaceAll(next: Document): void {
  document.body.replaceWith(document.importNode(next.body, true));
  // What is set up once for a page waits for the next one, which is loaded anew.
  document.body.dataset["replaced"] = "yes";
  document.title = next.title;
  setUp(document);
}

function remember(): void {
  const link = document.activeElement?.closest?.("a[href]")?.getAttribute("href") ?? null;
  history.replaceState({ scroll: window.scrollY, link }, "");
}

async function visit(address: string, how: Visit): Promise<void> {
  running?.abort();
  const control = new AbortController();
  if (how.body === undefined) running = control;
  const slow = window.setTimeout(showLoading, 300);
  try {
    const request: RequestInit = { headers: { Accept: "text/html" }, signal: control.signal };
    if (how.body !== undefined) Object.assign(request, { method: "POST", body: how.body });
    const answer = await fetch(address, request);
    const html = (answer.headers.get("Content-Type") ?? "").startsWith("text/html");
    if (!html) return how.body === undefined ? location.assign(address) : await keepFile(answer);
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    const final = new URL(answer.url || address, location.href);
    final.hash = new URL(address, location.href).hash;
    if (how.history === "push") remember();
    if (!exchange(next)) {
      // What answers a form without leading on, such as codes that are shown once, cannot be asked for again.
      if (how.body === undefined || answer.redirected) return location.assign(final.href);
      replaceAll(next);
    }
    if (how.history === "push" && (final.href !== location.href || how.body === undefined)) {
      history.pushState({}, "", final.href);
    }
    shown = location.pathname + location.search;
    if (how.focus) arrive(final.hash);
  } catch (problem) {
    if (control.signal.aborted) return;
    if (how.body === undefined) return location.assign(address);
    console.error(problem);
    tellNotSent();
  } finally {
    window.clearTimeout(slow);
    hideLoading();
  }
}

/** A form may be answered with a file: the page stays as it is, and the file is saved under its name. */
async function keepFile(answer: Response): Promise<void> {
  const name = /filename\*=UTF-8''([^;]+)/.exec(answer.headers.get("Content-Disposition") ?? "")?.[1];
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = decodeURIComponent(name ?? "");
  link.click();
  // The browser reads it after this turn.
  window.setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  announce("ファイルを保存しました");
}

/** After an exchange: the errors to mend, else the place asked for, else the heading. */
function arrive(hash: string): void {
  const place = hash.length > 1 ? document.getElementById(decodeURIComponent(hash.slice(1))) : null;
  const target = document.getElementById("errors") ?? place ?? document.querySelector<HTMLElement>("main h1");
  if (!place) window.scrollTo(0, 0);
  place?.scrollIntoView();
  target?.focus({ preventScroll: target !== place && target?.id !== "errors" });
  const done = document.querySelector("main .notice-success .notice-title")?.textContent;
  announce(done ?? document.title);
}

function showLoading(): void {
  if (document.querySelector(".loading-bar")) return;
  const bar = document.createElement("div");
  bar.className = "loading-bar";
  document.body.append(bar);
  announce("読み込んでいます");
}

function hideLoading(): void {
  document.querySelector(".loading-bar")?.remove();
}

function tellNotSent(): void {
  const box = document.createElement("div");
  box.className = "notice notice-error";
  box.setAttribute("role", "alert");
  const words = document.createElement("p");
  words.textContent = "通信できず、送信できたか確認できません。入力はこの画面に残っています。少し待ってからもう一度押してください。";
  box.append(document.createElement("span"), words);
  document.querySelector("main .title-bar")?.after(box);
  box.scrollIntoView({ block: "center" });
}

function followable(link: HTMLAnchorElement): boolean {
  const to = new URL(link.href, location.href);
  if (to.origin !== location.origin || link.target || link.hasAttribute("download") || link.hasAttribute("data-plain")) return false;
  const samePage = to.pathname === location.pathname && to.search === location.search;
  return !(samePage && to.hash);
}

function onClick(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = (event.target as Element).closest<HTMLAnchorElement>("a[href]");
  if (!link || !followable(link)) return;
  event.preventDefault();
  const href = link.href;
  void leave().then((go) => (go ? visit(href, { history: "push", focus: true }) : undefined));
}

function onSubmit(event: SubmitEvent): void {
  const form = event.target as HTMLFormElement;
  if (event.defaultPrevented || form.hasAttribute("target") || form.hasAttribute("data-plain")) return;
  const method = (form.getAttribute("method") ?? "get").toLowerCase();
  if (method === "dialog") return;
  if (form.dataset["sending"]) return event.preventDefault();
  const to = new URL(event.submitter?.getAttribute("formaction") ?? form.getAttribute("action") ?? location.href, location.href);
  // Signing in leads to a page that is loaded anew.
  if (to.origin !== location.origin || (to.pathname.startsWith("/sign-in") && form.closest("main"))) return;
  const data = new FormData(form, event.submitter);
  if (method === "get") {
    event.preventDefault();
    to.search = pairs(data).toString();
    void leave().then((go) => (go ? visit(to.href, { history: "push", focus: true }) : undefined));
    return;
  }
  // Files go by the browser's own way: it shows how far the sending is.
  if ([...data.values()].some((value) => value instanceof File && value.size > 0)) return;
  event.preventDefault();
  form.dataset["sending"] = "yes";
  const body = form.getAttribute("enctype") === "multipart/form-data" ? data : pairs(data);
  void visit(to.href, { history: "push", focus: true, body }).finally(() => delete form.dataset["sending"]);
}

/** Form data as the browser would send it in a query. */
export function pairs(data: FormData): URLSearchParams {
  const out = new URLSearchParams();
  for (const [name, value] of data) if (typeof value === "string") out.append(name, value);
  return out;
}

async function onHistory(event: PopStateEvent): Promise<void> {
  // A link to a place on this page is no other page: fetching it anew would throw away what was typed.
  if (location.pathname + location.search === shown) return;
  const state = event.state as { scroll?: number; link?: string | null } | null;
  await visit(location.href, { history: "none", focus: !state });
  if (!state) return;
  window.scrollTo(0, state.scroll ?? 0);
  const link = state.link ? document.querySelector<HTMLElement>(`main a[href="${CSS.escape(state.link)}"]`) : null;
  link?.focus({ preventScroll: true });
}

export function startPages(): void {
  if (!document.querySelector("main[data-swap]")) return;
  history.scrollRestoration = "manual";
  document.addEventListener("click", onClick);
  document.addEventListener("submit", onSubmit);
  window.addEventListener("popstate", (event) => void onHistory(event));
  document.getElementById("errors")?.focus();
}
