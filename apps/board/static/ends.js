// What was begun goes on after the answer: it is followed to its end, and then the notice says how it ended, unless that says something
// else by then. `say`, `notice` and
// `hideNotice` are console.js's.
const isSaid = (text) => notice.textContent === text;
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const answered = (address) =>
  fetch(address)
    .then((response) => (response.ok ? response.json() : undefined))
    .catch(() => undefined);

document.addEventListener("act:begun", ({ detail: { answer, button } }) => {
  if (answer.resetIds) void tellReset(answer.resetIds[0], button.dataset.done);
  else tellJobs(answer, JSON.parse(button.dataset.body).error);
});

const FOLLOW_EVERY_MS = 1_500;
async function tellReset(id, begun) {
  const link = { href: `/resets/${id}`, textContent: "Look at it" };
  say(begun, false, link);
  clearTimeout(hideNotice);
  const { textContent } = notice;
  for (let reset; isSaid(textContent); ) {
    await wait(FOLLOW_EVERY_MS);
    reset = await answered(`/api/resets/${id}?limit=1`);
    if (!isSaid(textContent) || reset === undefined || reset.state === "staging" || reset.state === "reconciling")
      continue;
    const hasFailed = reset.state === "failed";
    const what = `${reset.preview ? "The preview" : "The reset"} of ${reset.file} has ${hasFailed ? "failed" : "ended"}.`;
    return say(what, hasFailed, link);
  }
}

// What is said of failed jobs that were retried or dismissed, and what becomes of those retried.
function tellJobs(answer, cause) {
  if ("booked" in answer) return say(booked(answer), false, { href: "/jobs/dismissed", textContent: "Look at them" });
  if ("dismissed" in answer)
    return say(dismissed(answer), false, { href: "/jobs/dismissed", textContent: "What they carried" });
  say(retried(answer), false);
  if (answer.retried > 0) void tellEnds(answer.retryId, notice.textContent, cause);
}

function retried({ retried, state }) {
  const jobs = `${retried} ${retried === 1 ? "job is" : "jobs are"} tried again`;
  return state === "running" ? `${jobs} so far; the others follow in the background.` : `${jobs} …`;
}

// What becomes of retried jobs takes the place of the notice that they are tried again, unless another one does before.
async function tellEnds(retryId, notBefore, cause) {
  for (let waitMs = 500; waitMs < 20_000; waitMs *= 1.5) {
    await wait(waitMs);
    if (!isSaid(notBefore)) return;
    const run = await answered(`/api/jobs/retries/${retryId}`);
    if (!run?.ends) return;
    const { done, failedAgain, underWay } = run.ends;
    if (underWay > 0) continue;
    const href = cause ? `/jobs?error=${encodeURIComponent(cause)}` : "/jobs";
    const again = failedAgain > 0 && { href, textContent: "Show them" };
    say(`${done} done${failedAgain > 0 ? `, ${failedAgain} failed again.` : "."}`, failedAgain > 0, again);
    return;
  }
}

function booked({ booked, again, left, more }) {
  const parts = [`${booked} booked under a number of ${booked === 1 ? "its" : "their"} own`];
  if (again > 0) parts.push(`${again} booked before`);
  if (left > 0) parts.push(`${left} left`);
  return `${parts.join(", ")}.${more ? " There are more: press it again." : ""}`;
}

function dismissed({ dismissed, lost, more }) {
  const jobs = `${dismissed} ${dismissed === 1 ? "job is" : "jobs are"} dismissed`;
  const sales = lost > 0 ? `, ${lost} ${lost === 1 ? "sale is" : "sales are"} lost` : "";
  return `${jobs}${sales}.${more ? " There are more: press it again." : ""}`;
}
