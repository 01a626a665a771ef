// A page to print: the button opens the print dialog. Without this script the browser's own
// menu prints it.

import "./ui.js";

const button = document.querySelector("[data-print]");
if (button) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
