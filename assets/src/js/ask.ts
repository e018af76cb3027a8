// A question in a native dialog, before an act that a person might regret.

/** Asks; true when the person agrees. */
export function ask(question: string, agree: string): Promise<boolean> {
  return new Promise((resolve) => {
    const dialog = document.createElement("dialog");
    const heading = document.createElement("h2");
    heading.id = "ask";
    heading.textContent = question;
    dialog.setAttribute("aria-labelledby", "ask");
    const actions = document.createElement("form");
    actions.method = "dialog";
    actions.className = "actions";
    actions.append(choice("戻る", "no", "button button-quiet"), choice(agree, "yes", "button button-primary"));
    dialog.append(heading, actions);
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

function choice(words: string, value: string, style: string): HTMLButtonElement {
  const button = document.createElement("button");
  button.textContent = words;
  button.value = value;
  button.className = style;
  return button;
}

/** Buttons with data-confirm ask first. Runs in the capture phase, before the page is exchanged. */
export function startQuestions(): void {
  document.addEventListener(
    "submit",
    (event) => {
      const button = event.submitter as HTMLButtonElement | null;
      const question = button?.dataset["confirm"];
      if (!button || !question || button.dataset["agreed"]) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      void ask(question, button.textContent?.trim() ?? "はい").then((yes) => {
        button.focus();
        if (!yes) return;
        button.dataset["agreed"] = "yes";
        (event.target as HTMLFormElement).requestSubmit(button);
        delete button.dataset["agreed"];
      });
    },
    { capture: true },
  );
}
