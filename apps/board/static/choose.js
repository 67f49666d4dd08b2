// Rows that are chosen one by one, and what is done to all of them: each chosen row says which request does it, and they are sent one
// after another. What was chosen stays so when the page renews itself. `say`, `renew` and `fieldsOf` are console.js's.
const chosen = new Set();
const boxes = () => [...document.querySelectorAll("input[data-choose]")];

function showChosen() {
  const there = boxes();
  for (const box of there) box.checked = chosen.has(box.id);
  const count = there.filter((box) => box.checked).length;
  for (const bar of document.querySelectorAll("[data-chosen]")) {
    bar.hidden = there.length === 0;
    bar.querySelector("[data-count]").textContent = count === 0 ? "None chosen" : `${count} chosen`;
    for (const button of bar.querySelectorAll("[data-opens]")) button.disabled = count === 0;
    for (const each of bar.querySelectorAll("[data-chosen-count]")) each.textContent = String(count);
    for (const list of bar.querySelectorAll("[data-chosen-says]")) tellEach(list, there);
  }
}

// What will be done to each chosen row, where the rows say so.
function tellEach(list, there) {
  const says = there.filter((box) => box.checked).flatMap((box) => writeOf(box, list.dataset.chosenSays)?.says ?? []);
  list.replaceChildren(...says.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
  list.hidden = says.length === 0;
}

const writeOf = (box, name) => JSON.parse(box.dataset.choose)[name];

function choose(box, yes) {
  if (yes) chosen.add(box.id);
  else chosen.delete(box.id);
}

document.addEventListener("input", ({ target }) => {
  if (!target.matches("input[data-choose]")) return;
  choose(target, target.checked);
  showChosen();
});

document.addEventListener("click", ({ target }) => {
  const button = target instanceof Element && target.closest("button[data-all], button[data-none], button[data-each]");
  if (!button) return;
  if (button.dataset.each !== undefined) return void doEach(button);
  // What stands behind a fold is not shown, and not chosen by this.
  const isAll = button.dataset.all !== undefined;
  for (const box of boxes()) if (!isAll || box.checkVisibility()) choose(box, isAll);
  showChosen();
});

async function doEach(button) {
  if (!fieldsOf(button).every((field) => field.reportValidity())) return;
  const fields = Object.fromEntries(fieldsOf(button).map((field) => [field.name, field.value]));
  const asked = boxes().filter((box) => box.checked);
  button.disabled = true;
  button.setAttribute("aria-busy", "true");
  const refused = [];
  let done = 0;
  for (const box of asked) {
    const write = writeOf(box, button.dataset.each);
    const why = write === undefined ? "It cannot be done to one of them." : await send(write, fields);
    if (why === undefined) {
      done += 1;
      choose(box, false);
    } else refused.push(why);
  }
  button.removeAttribute("aria-busy");
  button.disabled = false;
  button.closest("dialog")?.close();
  const left =
    refused.length === 0 ? "" : `, ${refused.length} left as they were: ${[...new Set(refused)].slice(0, 3).join(" ")}`;
  say(`${done} done${left === "" ? "." : left}`, refused.length > 0);
  await renew();
  showChosen();
}

// Resolves to why it was not done, in words.
async function send({ post, body }, fields) {
  try {
    const response = await fetch(post, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ...body, ...fields }),
    });
    return response.ok ? undefined : ((await response.json()).detail ?? "It was refused.");
  } catch {
    return "The board did not answer; look whether it happened before trying again.";
  }
}

document.getElementById("main").addEventListener("page:renewed", showChosen);
showChosen();
