// The rows of a table are put in the order of the column whose heading is pressed, and in the other order when it is pressed again. It
// sorts what is on the page; after the page has renewed itself the order is the same.
const orders = new Map();
// Where rows are folded headings are not seen.
const isWide = matchMedia("(width > 44rem)");

function headings() {
  if (!isWide.matches) {
    for (const button of document.querySelectorAll("button.sort")) button.replaceWith(...button.childNodes);
    return;
  }
  for (const heading of document.querySelectorAll("table.rows thead th")) {
    if (heading.querySelector("button, .unseen")) continue;
    const button = Object.assign(document.createElement("button"), { type: "button", className: "sort" });
    button.title = "Sort the rows on this page";
    button.append(...heading.childNodes);
    heading.append(button);
  }
  for (const [name, order] of orders) {
    const table = [...document.querySelectorAll("table.rows")].find((each) => nameOf(each) === name);
    if (table) sort(table, order);
  }
}

const nameOf = (table) => table.closest("[aria-label]")?.getAttribute("aria-label") ?? "";

function sortValue(cell) {
  const time = cell?.querySelector("time")?.getAttribute("datetime");
  if (time) return time;
  const text = cell?.textContent.trim() ?? "";
  const number = text.replace(/[,+]/g, "").replace(/^−/, "-");
  return /^-?\d+(\.\d+)?/.test(number) ? Number.parseFloat(number) : text;
}

function compare(one, other) {
  if (typeof one === "number" && typeof other === "number") return one - other;
  return String(one).localeCompare(String(other), undefined, { numeric: true });
}

function sort(table, { column, isDown }) {
  for (const [index, heading] of [...table.tHead.rows[0].cells].entries())
    if (index === column) heading.setAttribute("aria-sort", isDown ? "descending" : "ascending");
    else heading.removeAttribute("aria-sort");
  const [body] = table.tBodies;
  const rows = [...body.rows].map((row) => ({ row, value: sortValue(row.cells[column]) }));
  rows.sort((one, other) => (isDown ? -1 : 1) * compare(one.value, other.value));
  body.append(...rows.map(({ row }) => row));
}

document.addEventListener("click", ({ target }) => {
  const heading = target instanceof Element ? target.closest("button.sort")?.parentElement : null;
  if (!heading) return;
  const table = heading.closest("table");
  const column = heading.cellIndex;
  const before = orders.get(nameOf(table));
  const order = { column, isDown: before?.column === column && !before.isDown };
  orders.set(nameOf(table), order);
  sort(table, order);
});
document.getElementById("main")?.addEventListener("page:renewed", headings);
isWide.addEventListener("change", headings);
headings();
