// Bull Board keeps its theme in the browser's storage: the theme that was chosen on the board is put there, so that both agree.
const bullBoardSettings = "board-settings";
const { theme } = document.currentScript.dataset;
try {
  const kept = JSON.parse(localStorage.getItem(bullBoardSettings) ?? '{"state":{},"version":2}');
  kept.state = { ...kept.state, theme };
  localStorage.setItem(bullBoardSettings, JSON.stringify(kept));
} catch {
  // Without storage, or with something else in it, Bull Board follows the browser.
}

// What of it finds the queue away is the board's to say: its page then does, and comes back here when that is over.
const openRequest = XMLHttpRequest.prototype.open;
XMLHttpRequest.prototype.open = function (method, ...where) {
  if (method.toUpperCase() === "GET") this.addEventListener("load", () => this.status === 503 && location.reload());
  return openRequest.call(this, method, ...where);
};
