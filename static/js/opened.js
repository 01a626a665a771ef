// Says that somebody looked at a notice: a GET alone may be a machine's.

const form = document.querySelector("[data-opened]");

function sayOpened() {
  if (document.hidden) return;
  document.removeEventListener("visibilitychange", sayOpened);
  const token = form.querySelector("[name=csrf_token]").value;
  fetch(form.dataset.opened, { method: "POST", headers: { "X-CSRFToken": token }, keepalive: true });
}

if (form) {
  document.addEventListener("visibilitychange", sayOpened);
  sayOpened();
}
