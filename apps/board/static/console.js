// The console stays current by itself, and its buttons call the same API that machines use.
const refreshMs = 4000;
const notice = document.getElementById("notice");
const state = document.getElementById("state");

async function refresh() {
  if (document.hidden) return;
  try {
    const response = await fetch(location.pathname, { headers: { accept: "text/html" }, redirect: "manual" });
    if (response.type === "opaqueredirect") {
      location.reload();
      return;
    }
    const text = await response.text();
    const fresh = new DOMParser().parseFromString(text, "text/html").getElementById("state");
    if (!fresh || fresh.innerHTML === state.innerHTML) return;
    const focused = reachable().indexOf(document.activeElement);
    const unfolded = [...state.querySelectorAll("details[open]")].map((fold) => fold.id);
    state.replaceChildren(...fresh.childNodes);
    for (const fold of state.querySelectorAll("details")) fold.open = unfolded.includes(fold.id);
    reachable()[focused]?.focus();
  } catch {
    say("The board does not answer at the moment; what stands here is from before.", true);
  }
}

// What can be reached by keyboard, so that renewing the page leaves the focus where it was.
function reachable() {
  return [...state.querySelectorAll("a, button, summary")];
}

function say(text, failed) {
  notice.textContent = text;
  notice.classList.toggle("failed", failed);
}

function retried({ retried, state }) {
  const jobs = `${retried} ${retried === 1 ? "job is" : "jobs are"} tried again`;
  return state === "running" ? `${jobs} so far; the others follow in the background.` : `${jobs}.`;
}

document.addEventListener("click", async (event) => {
  const button = event.target instanceof Element ? event.target.closest("button[data-post]") : null;
  if (!button) return;
  button.disabled = true;
  try {
    const response = await fetch(button.dataset.post, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: button.dataset.body,
    });
    const answer = await response.json();
    if (!response.ok) say(answer.detail, true);
    else if ("retried" in answer) say(retried(answer), false);
    else say(button.dataset.done, false);
  } catch {
    say("The board did not answer; look whether it happened before trying again.", true);
  }
  button.disabled = false;
  await refresh();
});

setInterval(refresh, refreshMs);
