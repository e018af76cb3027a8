// Keys: / for the search field; j and k (or Alt with the arrows up and down) for the next and previous record.
// Single letters never act while a person types, and can be switched off (WCAG 2.1.4).

const SETTING = "daicho.keys";

function letters(): boolean {
  try {
    return localStorage.getItem(SETTING) !== "off";
  } catch {
    return true;
  }
}

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input, select, textarea, dialog *"));
}

function go(which: "data-next" | "data-prev"): boolean {
  const link = document.querySelector<HTMLElement>(`main a[${which}]`);
  link?.click();
  return link !== null;
}

function onKey(event: KeyboardEvent): void {
  if (event.isComposing || event.defaultPrevented || event.ctrlKey || event.metaKey) return;
  const step = event.key === "ArrowDown" ? "data-next" : event.key === "ArrowUp" ? "data-prev" : null;
  let acted = false;
  if (event.altKey && step) acted = go(step);
  else if (event.altKey || typing(event.target) || !letters()) return;
  else if (event.key === "/") {
    const search = document.getElementById("search");
    search?.focus();
    acted = search !== null;
  } else if (event.key === "j") acted = go("data-next");
  else if (event.key === "k") acted = go("data-prev");
  if (acted) event.preventDefault();
}

function toggle(place: HTMLElement): void {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "link-button";
  const show = (): void => {
    button.textContent = letters() ? "文字キーの操作(/ j k)を切る" : "文字キーの操作(/ j k)を使う";
  };
  button.addEventListener("click", () => {
    try {
      localStorage.setItem(SETTING, letters() ? "off" : "on");
    } catch {
      // Without storage the keys stay as they are.
    }
    show();
  });
  show();
  place.append(button);
  place.hidden = false;
}

export function startKeys(): void {
  document.addEventListener("keydown", onKey);
  document.querySelectorAll<HTMLElement>("[data-keys-toggle]").forEach(toggle);
}
