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
