// Passkeys: one tap makes one on this device, or proves who is there. Codes work without this.

import { post } from "./call.js";

/** Offer the button where the browser can do it; `box` says where to ask and what to do. */
function offer(box) {
  const able = window.PublicKeyCredential?.parseRequestOptionsFromJSON && isSecureContext;
  if (!able) return;
  box.hidden = false;
  box.querySelector("button").addEventListener("click", () => {
    answer(box.dataset.passkey, box.dataset.does)
      .then((next) => location.assign(next))
      .catch(() => (box.querySelector("[data-failed]").hidden = false));
  });
}

async function answer(address, does) {
  const asked = await (await post(`${address}/question`)).json();
  const credential =
    does === "create"
      ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(asked) })
      : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(asked) });
  const answer = await post(address, credential.toJSON());
  if (!answer.ok) throw new Error(answer.status);
  return (await answer.json()).next;
}

document.querySelectorAll("[data-passkey]").forEach(offer);
