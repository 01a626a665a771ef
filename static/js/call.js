// Talks to the server. The form token is fetched anew, so that an old page can still send.

const PATIENCE = 20_000; // Milliseconds; a line that is dead without saying so must not hold all else up.

/** POST as JSON and give back the answer; a lost connection rejects. */
export async function post(address, body = {}) {
  const asked = await fetch("/form-token", { cache: "no-store", signal: patience() });
  const { token } = await asked.json();
  return fetch(address, {
    method: "POST",
    keepalive: true, // Whoever goes on to the next page does not take it back.
    signal: patience(),
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token },
    body: JSON.stringify(body),
  });
}

/** GET JSON, or undefined when the answer is none of ours. */
export async function get(address) {
  const answer = await fetch(address, { cache: "no-store", headers: { Accept: "application/json" } });
  return answer.ok ? answer.json() : undefined;
}

function patience() {
  return globalThis.AbortSignal?.timeout?.(PATIENCE);
}
