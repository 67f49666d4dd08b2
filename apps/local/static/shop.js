// Fills the shop's page from the stream of changes: first all that the shop has, then each change as it comes. Whatever came from outside is
// only ever put in as text.
const byId = (id) => document.getElementById(id);
const [latest, stores, products, state, find] = ["latest", "stores", "products", "state", "find"].map(byId);
const latestMax = 5;
const newMs = 3_000;
const columns = [];
const rows = new Map();

const element = (name, text, parent) => {
  const made = document.createElement(name);
  made.textContent = text;
  parent?.append(made);
  return made;
};

const columnOf = (facilityId) => {
  if (!columns.includes(facilityId)) {
    columns.push(facilityId);
    element("th", facilityId, stores).scope = "col";
  }
  return columns.indexOf(facilityId) + 1;
};

const rowOf = ({ idType, idValue }) => {
  const key = JSON.stringify([idType, idValue]);
  if (!rows.has(key)) {
    const row = element("tr", "", products);
    element("th", idValue, row).scope = "row";
    rows.set(key, row);
    showFound(row);
  }
  return rows.get(key);
};

const cellOf = (level) => {
  const at = columnOf(level.facilityId);
  const row = rowOf(level);
  while (row.cells.length <= at) element("td", "", row);
  return row.cells[at];
};

const ageOf = (updatedAt) => {
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(updatedAt)) / 1_000));
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`;
};

/** The number, the channel and sequence it came with, and its age, which grows by itself. */
const fill = (place, { available, channel, sequence, updatedAt }) => {
  place.replaceChildren();
  element("b", available > 0 ? String(available) : "sold out", place);
  const source = element("small", `${channel} #${sequence}, `, place);
  const age = element("time", ageOf(updatedAt), source);
  age.dateTime = updatedAt;
  place.classList.toggle("out", available <= 0);
};

const showFound = (row) => {
  row.hidden = !row.cells[0].textContent.toLowerCase().includes(find.value.trim().toLowerCase());
};

const show = (level) => {
  const cell = cellOf(level);
  const before = cell.querySelector("b")?.textContent;
  fill(cell, level);
  if (before === undefined) return;
  cell.classList.add("new");
  setTimeout(() => cell.classList.remove("new"), newMs);
  const line = element("li", `${level.idValue} at ${level.facilityId}: ${before} → `);
  const now = element("span", "", line);
  fill(now, level);
  latest.prepend(line);
  while (latest.children.length > latestMax) latest.lastChild.remove();
};

find.addEventListener("input", () => {
  for (const row of rows.values()) showFound(row);
});
setInterval(() => {
  for (const age of document.querySelectorAll("time")) age.textContent = ageOf(age.dateTime);
}, 1_000);

const changes = new EventSource("/changes");
changes.onopen = () => {
  state.textContent = "Connected: changes show as they come.";
};
changes.onerror = () => {
  state.textContent = "The shop does not answer; trying again.";
};
changes.onmessage = ({ data }) => show(JSON.parse(data));
