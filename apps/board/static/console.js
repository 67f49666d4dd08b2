// What makes the board's pages alive: they renew themselves when the server says that something changed, buttons call the
// same API that machines use, dialogs ask before anything is done. Without this script every page can still be read.
const main = document.getElementById("main");
const notice = document.getElementById("notice");
const live = document.getElementById("live");

// What somebody opened, or is writing, stays as it is when the page renews itself.
Idiomorph.defaults.ignoreActiveValue = true;
Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, node) =>
  !(name === "open" && (node.tagName === "DETAILS" || node.tagName === "DIALOG"));
// A plot's canvas belongs to the one who draws it.
Idiomorph.defaults.callbacks.beforeNodeMorphed = (old, fresh) => {
  if (old.dataset?.plot === undefined || fresh.dataset?.plot === undefined) return true;
  if (old.dataset.plot !== fresh.dataset.plot) {
    old.dataset.plot = fresh.dataset.plot;
    old.setAttribute("aria-label", fresh.getAttribute("aria-label") ?? "");
    old.dispatchEvent(new CustomEvent("plot:changed", { bubbles: true }));
  }
  return false;
};

async function renew() {
  try {
    const response = await fetch(location.href, { headers: { accept: "text/html" } });
    // The session is over: the page to sign in on leads back here.
    if (response.redirected) {
      location.assign(response.url);
      return;
    }
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    const freshMain = fresh.getElementById("main");
    if (!freshMain) return;
    Idiomorph.morph(main, freshMain.childNodes, { morphStyle: "innerHTML" });
    const nav = fresh.getElementById("nav");
    if (nav) Idiomorph.morph(document.getElementById("nav"), nav.childNodes, { morphStyle: "innerHTML" });
    document.title = fresh.title;
    main.dispatchEvent(new CustomEvent("page:renewed", { bubbles: true }));
    connected(true);
  } catch {
    connected(false);
  }
}

function connected(yes) {
  if (!live) return;
  const text = yes ? "Live" : "Not connected";
  live.dataset.state = yes ? "on" : "off";
  if (live.textContent !== text) live.textContent = text;
}

// A page that nobody looks at holds no connection: browsers allow only a few to one host.
let source;
let lastSeen = "";
function listen() {
  if (main.dataset.live === undefined || document.hidden || source) return;
  const address = new URL(main.dataset.live, location.href);
  if (lastSeen !== "") address.searchParams.set("seen", lastSeen);
  source = new EventSource(address);
  source.addEventListener("open", () => connected(true));
  source.addEventListener("error", () => connected(false));
  source.addEventListener("changed", (event) => {
    lastSeen = event.lastEventId;
    void renew();
  });
}
document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    source?.close();
    source = undefined;
  } else listen();
});
listen();

let hideNotice;
function say(text, failed) {
  clearTimeout(hideNotice);
  notice.textContent = text;
  notice.classList.toggle("failed", failed);
  if (!failed) hideNotice = setTimeout(() => (notice.textContent = ""), 12_000);
}

function retried({ retried, state }) {
  const jobs = `${retried} ${retried === 1 ? "job is" : "jobs are"} tried again`;
  return state === "running" ? `${jobs} so far; the others follow in the background.` : `${jobs}.`;
}

function leftOver({ decided, left }) {
  const some = left.slice(0, 3).map(({ detail }) => detail);
  return `${decided.length} decided, ${left.length} left as they were: ${[...new Set(some)].join(" ")}`;
}

// What was filled in where it was asked goes along.
function bodyOf(button) {
  const body = JSON.parse(button.dataset.body);
  for (const field of button.closest("dialog")?.querySelectorAll("[name]") ?? []) body[field.name] = field.value;
  return JSON.stringify(body);
}

async function act(button) {
  button.disabled = true;
  button.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(button.dataset.post, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: bodyOf(button),
    });
    const answer = await response.json();
    if (!response.ok) say(answer.detail, true);
    else if ("retried" in answer) say(retried(answer), false);
    else if (answer.left?.length > 0) say(leftOver(answer), true);
    else say(button.dataset.done, false);
  } catch {
    say("The board did not answer; look whether it happened before trying again.", true);
  }
  button.removeAttribute("aria-busy");
  button.disabled = false;
  button.closest("dialog")?.close();
  await renew();
}

document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element)) return;
  const button = event.target.closest("button[data-post], button[data-opens], button[data-closes]");
  const menu = document.getElementById("menu");
  if (menu?.open && !menu.contains(event.target)) menu.open = false;
  if (event.target === notice) notice.textContent = "";
  if (!button) return;
  if (button.dataset.opens) document.getElementById(button.dataset.opens)?.showModal();
  else if (button.dataset.closes) document.getElementById(button.dataset.closes)?.close();
  else void act(button);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.getElementById("menu");
  if (!menu?.open) return;
  menu.open = false;
  menu.querySelector("summary")?.focus();
});

// Theme and zone: chosen is sent. The browser's own zone is offered, which only the browser knows.
const preferences = document.getElementById("preferences");
if (preferences) {
  const zones = preferences.elements.namedItem("zone");
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (own && ![...zones.options].some((option) => option.value === own || option.text.startsWith(`${own} `))) {
    zones.add(new Option(`${own} (this browser)`, own), 2);
  }
  preferences.classList.add("scripted");
  preferences.addEventListener("change", () => preferences.requestSubmit());
}
