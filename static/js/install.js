// Putting the app on the phone: the browser's own button where it has one, drawings elsewhere. What
// is said inside the installed app only is a matter of the styles.

const box = document.querySelector("[data-install]");

function offer(event) {
  event.preventDefault(); // The browser's own bar would hide the help at the foot.
  show("offer");
  box.querySelector("[data-install-offer] button").onclick = () => event.prompt();
}

function show(what) {
  for (const part of ["offer", "done", "ways"]) box.querySelector(`[data-install-${part}]`).hidden = part !== what;
}

/** An iPad says that it is a Mac; only a screen that is touched tells. */
function leadTheIpad() {
  const { installWays } = box.querySelector("[data-install-ways]").dataset;
  const asked = new URLSearchParams(location.search).has("way");
  if (asked || installWays !== "computer-safari" || !("standalone" in navigator) || !navigator.maxTouchPoints) return;
  location.replace("/me/install?way=iphone-safari");
}

if (box) {
  addEventListener("beforeinstallprompt", offer);
  addEventListener("appinstalled", () => show("done"));
  leadTheIpad();
}
