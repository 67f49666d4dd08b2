// Shortcuts of the keyboard, on every page behind the sign-in: / searches, ? lists them, g and a letter go to a place. They can be
// switched off in the list, and are silent while somebody writes or a dialog asks something.
const keys = document.getElementById("keys");
const inUse = document.getElementById("keys-on");
const storedAs = "board-keys";
const secondKeyMsMax = 1_500;

try {
  inUse.checked = localStorage.getItem(storedAs) !== "off";
} catch {
  // Without storage they are in use.
}
inUse.addEventListener("change", () => {
  try {
    localStorage.setItem(storedAs, inUse.checked ? "on" : "off");
  } catch {
    // Then until the next page.
  }
});

function showKeys() {
  document.getElementById("menu").open = false;
  if (!keys.open) keys.showModal();
}
document.getElementById("show-keys").addEventListener("click", showKeys);

let goesUntilMs = 0;
function go(key) {
  for (const place of keys.querySelectorAll("[data-key]")) {
    if (place.dataset.key === key) location.assign(place.dataset.href);
  }
}

function search() {
  const box = document.querySelector("header.top form.find input");
  if (box.checkVisibility()) box.focus();
  else location.assign("/find");
}

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  const isWriting = target instanceof Element && target.closest("input, textarea, select, [contenteditable]");
  const isOther = event.ctrlKey || event.metaKey || event.altKey || event.isComposing;
  if (!inUse.checked || isWriting || isOther || document.querySelector("dialog[open]")) return;
  if (performance.now() < goesUntilMs) {
    goesUntilMs = 0;
    go(key);
  } else if (key === "g") goesUntilMs = performance.now() + secondKeyMsMax;
  else if (key === "?" || key === "/") {
    event.preventDefault();
    if (key === "?") showKeys();
    else search();
  }
});
