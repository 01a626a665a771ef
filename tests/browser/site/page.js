// Registers the worker; the button asks for notices and reports the subscription.
const applicationServerKey = document.currentScript.dataset.key;
const state = document.getElementById("state");

navigator.serviceWorker.register("/sw.js");

document.getElementById("subscribe").addEventListener("click", async () => {
  try {
    await Notification.requestPermission();
    const worker = await navigator.serviceWorker.ready;
    const subscription = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey });
    await fetch("/subscribed", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(subscription),
    });
    state.textContent = "subscribed";
  } catch (error) {
    state.textContent = String(error);
  }
});
