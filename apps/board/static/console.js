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
  // A row that an operator is correcting, and what is asked in a dialog, stay as they are until that is done.
  if (old.dataset?.edited !== undefined || (old.tagName === "DIALOG" && old.open)) return false;
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
    for (const id of ["nav", "rest"]) {
      const part = fresh.getElementById(id);
      if (part) Idiomorph.morph(document.getElementById(id), part.childNodes, { morphStyle: "innerHTML" });
    }
    said = saidBy(fresh.getElementById("live")) ?? said;
    document.title = fresh.title;
    main.dispatchEvent(new CustomEvent("page:renewed", { bubbles: true }));
    connected(true);
  } catch {
    connected(false);
  }
}

// What the board says of the servers behind it counts only while the board itself can be heard.
let said = saidBy(live);
function saidBy(element) {
  return element && { state: element.dataset.state, text: element.textContent };
}
function connected(yes) {
  if (!live) return;
  const { state, text } = yes ? said : { state: "off", text: "Not connected" };
  live.dataset.state = state;
  if (live.textContent !== text) live.textContent = text;
}

// A page that could not be made because a server is away: it asks again until that is over.
const asksAgainAfterMs = 2_000;
async function awaitServer() {
  const status = await fetch(location.href, { headers: { accept: "text/html" } }).then(
    (response) => response.status,
    () => 503,
  );
  if (status === 503) setTimeout(awaitServer, asksAgainAfterMs);
  else location.reload();
}
if (main.dataset.awaits !== undefined) setTimeout(awaitServer, asksAgainAfterMs);

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

// What an address names is seen, also where it is behind a fold.
function unfold() {
  const named = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let fold = named?.closest("details"); fold; fold = fold.parentElement?.closest("details")) fold.open = true;
  named?.scrollIntoView();
}
addEventListener("hashchange", unfold);
if (location.hash !== "") unfold();

let hideNotice;
function say(text, failed, link) {
  clearTimeout(hideNotice);
  notice.textContent = text;
  if (link) notice.append(" ", Object.assign(document.createElement("a"), link));
  notice.classList.toggle("failed", failed);
  if (!failed) hideNotice = setTimeout(() => (notice.textContent = ""), 12_000);
}

function leftOver({ decided, left }) {
  const some = left.slice(0, 3).map(({ detail }) => detail);
  return `${decided.length} decided, ${left.length} left as they were: ${[...new Set(some)].join(" ")}`;
}

// Rows that are corrected where they stand: what is changed is ticked, and what is ticked is applied.
const ticked = () => [...document.querySelectorAll("[data-line]:checked")];
function countRows() {
  const button = document.getElementById("apply-rows");
  if (!button) return;
  const count = ticked().length;
  button.disabled = count === 0;
  button.textContent = `Apply ${count} ${count === 1 ? "row" : "rows"}`;
}
function rowOf(box) {
  const fields = [...box.closest("tr").querySelectorAll("[data-column]")];
  return {
    line: Number(box.dataset.line),
    values: Object.fromEntries(fields.map((each) => [each.dataset.column, each.value])),
  };
}
function tick(box, yes) {
  box.checked = yes;
  if (yes) box.closest("tr").dataset.edited = "";
  else delete box.closest("tr").dataset.edited;
}
document.addEventListener("input", ({ target }) => {
  if (target.matches("[data-column]")) tick(target.closest("tr").querySelector("[data-line]"), true);
  else if (target.matches("[data-line]")) tick(target, target.checked);
  else if (target.matches("[data-all-rows]"))
    for (const box of document.querySelectorAll("[data-line]")) tick(box, target.checked);
  else return;
  countRows();
});
main.addEventListener("page:renewed", countRows);

// What was filled in where it was asked goes along.
function bodyOf(button) {
  if (button.dataset.rows !== undefined) return JSON.stringify({ rows: ticked().map(rowOf) });
  const body = JSON.parse(button.dataset.body);
  for (const field of fieldsOf(button)) {
    if (field.type !== "checkbox") body[field.name] = field.value;
    else if (field.checked) body[field.name] = Number(field.value);
  }
  return JSON.stringify(body);
}

function fieldsOf(button) {
  return [...(button.closest("dialog, [data-fields]")?.querySelectorAll("[name]") ?? [])];
}

async function act(button) {
  // What has to be filled in is asked for by the browser.
  if (!fieldsOf(button).every((field) => field.reportValidity())) return;
  button.disabled = true;
  button.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(button.dataset.post, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: bodyOf(button),
    });
    const answer = await response.json();
    if (response.ok && button.dataset.rows !== undefined) for (const box of ticked()) tick(box, false);
    if (!response.ok) say(answer.detail, true);
    else if (answer.resetIds?.length > 0 || "dismissed" in answer || "retried" in answer || "booked" in answer)
      document.dispatchEvent(new CustomEvent("act:begun", { detail: { answer, button } }));
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

// Where the browser gives no clipboard, because the board is reached without TLS, the text is marked for the keyboard.
async function copy(element) {
  try {
    await navigator.clipboard.writeText(element.textContent);
    say("Copied.", false);
  } catch {
    getSelection().selectAllChildren(element);
    say("Marked: copy it with the keyboard.", false);
  }
}

document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element)) return;
  const button = event.target.closest(
    "button[data-post], button[data-opens], button[data-closes], button[data-copies]",
  );
  const menu = document.getElementById("menu");
  if (menu?.open && !menu.contains(event.target)) menu.open = false;
  if (event.target === notice) notice.textContent = "";
  const fold = event.target.closest(".folding tbody tr")?.querySelector(":scope > th > .fold");
  if (fold?.checkVisibility() && !event.target.closest("a, button, details, input, label")) fold.open = !fold.open;
  if (!button) return;
  if (button.dataset.opens) document.getElementById(button.dataset.opens)?.showModal();
  else if (button.dataset.copies) void copy(document.getElementById(button.dataset.copies));
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
