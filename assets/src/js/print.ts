// On paper every page says who printed it and when; tables beside charts are printed too.
import { eraText } from "./era";

function clock(now: Date): string {
  const day = { year: now.getFullYear(), month: now.getMonth() + 1, day: now.getDate() };
  return `${eraText(day)} ${now.getHours()}:${String(now.getMinutes()).padStart(2, "0")}`;
}

export function startPrint(): void {
  window.addEventListener("beforeprint", () => {
    const by = document.body.dataset["printedBy"];
    const words = `${by ? `印刷した人: ${by} ` : ""}印刷した日時: ${clock(new Date())}`;
    document.documentElement.style.setProperty("--printed", JSON.stringify(words));
    for (const fold of document.querySelectorAll<HTMLDetailsElement>("main details[data-print]:not([open])")) {
      fold.open = true;
      fold.dataset["opened"] = "yes";
    }
  });
  window.addEventListener("afterprint", () => {
    for (const fold of document.querySelectorAll<HTMLDetailsElement>("details[data-opened]")) {
      fold.open = false;
      delete fold.dataset["opened"];
    }
  });
}
