// Passkeys: asks the server what is to be shown or made, the browser to do it, and sends the answer with the form.
import { announce, onParts } from "./page";

interface Begun {
  challenge: string;
  options: { publicKey: Record<string, unknown> };
}

function bytes(text: string): ArrayBuffer {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (one) => one.charCodeAt(0)).buffer;
}

function text(buffer: ArrayBuffer | null): string | undefined {
  if (!buffer) return undefined;
  const plain = Array.from(new Uint8Array(buffer), (one) => String.fromCharCode(one)).join("");
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

interface Named {
  id: string;
  type: "public-key";
}

/** What the browser's own call takes, from what the server writes as JSON. */
function options(made: Record<string, unknown>): unknown {
  const listed = (list: unknown) => ((list as Named[] | undefined) ?? []).map((one) => ({ ...one, id: bytes(one.id) }));
  const user = made["user"] as { id: string } | undefined;
  return {
    ...made,
    challenge: bytes(made["challenge"] as string),
    ...(user ? { user: { ...user, id: bytes(user.id) } } : {}),
    ...(made["excludeCredentials"] ? { excludeCredentials: listed(made["excludeCredentials"]) } : {}),
    ...(made["allowCredentials"] ? { allowCredentials: listed(made["allowCredentials"]) } : {}),
  };
}

/** The answer as the server reads it. */
function answer(made: PublicKeyCredential): string {
  const response = made.response;
  const shared = { id: made.id, rawId: text(made.rawId), type: made.type, extensions: {} };
  if (response instanceof AuthenticatorAttestationResponse) {
    const parts = { attestationObject: text(response.attestationObject), clientDataJSON: text(response.clientDataJSON) };
    return JSON.stringify({ ...shared, response: { ...parts, transports: response.getTransports?.() } });
  }
  const shown = response as AuthenticatorAssertionResponse;
  const parts = { authenticatorData: text(shown.authenticatorData), clientDataJSON: text(shown.clientDataJSON) };
  return JSON.stringify({
    ...shared,
    response: { ...parts, signature: text(shown.signature), userHandle: text(shown.userHandle) },
  });
}

async function begin(form: HTMLFormElement, to: string): Promise<Begun> {
  const secret = form.querySelector<HTMLInputElement>("input[name=_secret]")?.value ?? "";
  const reply = await fetch(to, { method: "POST", body: new URLSearchParams({ _secret: secret }) });
  if (!reply.ok || reply.redirected) throw new Error(String(reply.status));
  return (await reply.json()) as Begun;
}

async function run(form: HTMLFormElement, box: HTMLElement, make: boolean): Promise<void> {
  const begun = await begin(form, box.dataset["to"] ?? "");
  const asked = options(begun.options.publicKey);
  const made = make
    ? await navigator.credentials.create({ publicKey: asked as PublicKeyCredentialCreationOptions })
    : await navigator.credentials.get({ publicKey: asked as PublicKeyCredentialRequestOptions });
  if (!(made instanceof PublicKeyCredential)) throw new Error("no passkey");
  const put = (name: string, value: string) => {
    const input = form.querySelector<HTMLInputElement>(`input[name=${name}]`);
    if (input) input.value = value;
  };
  put("_proof_challenge", begun.challenge);
  put("_proof_passkey", answer(made));
  form.requestSubmit();
}

export function startPasskeys(): void {
  if (!window.PublicKeyCredential) return;
  onParts((root) => {
    for (const box of root.querySelectorAll<HTMLElement>("[data-passkey]")) {
      const form = box.closest("form");
      const status = box.querySelector<HTMLElement>("[role=status]");
      const button = box.querySelector("button");
      if (!form || !button) continue;
      box.hidden = false;
      form.hidden = false;
      button.addEventListener("click", () => {
        button.disabled = true;
        if (status) status.textContent = "端末の指示に従ってください。";
        run(form, box, box.dataset["passkey"] === "make")
          .catch(() => {
            const words = "パスキーで確認できませんでした。もう一度押すか、ほかの方法を使ってください。";
            if (status) status.textContent = words;
            announce(words);
          })
          .finally(() => (button.disabled = false));
      });
    }
  });
}
