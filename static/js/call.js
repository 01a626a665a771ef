// Talks to the server. The form token is fetched anew, so that an old page can still send.

/** POST as JSON and give back the answer; a lost connection rejects. */
export async function post(address, body = {}) {
  const { token } = await (await fetch("/form-token", { cache: "no-store" })).json();
  return fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token },
    body: JSON.stringify(body),
  });
}

/** GET JSON, or undefined when the answer is none of ours. */
export async function get(address) {
  const answer = await fetch(address, { cache: "no-store", headers: { Accept: "application/json" } });
  return answer.ok ? answer.json() : undefined;
}
