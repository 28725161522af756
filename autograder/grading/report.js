"use strict";
// The table of students: sorted by a click on a heading, searched, and filtered.
const table = document.querySelector(".students");
const rows = [...table.tBodies[0].rows];
const [search, filter, shown] = ["search", "filter", "shown"].map((id) => document.getElementById(id));

function choose() {
  const words = search.value.toLowerCase().trim();
  let count = 0;
  for (const row of rows) {
    const fits = row.dataset.who.toLowerCase().includes(words)
      && (!filter.value || row.dataset.states.split("; ").includes(filter.value));
    row.hidden = !fits;
    count += fits;
  }
  shown.textContent = `${count} of ${rows.length} students`;
}

function sort(heading) {
  const place = heading.cellIndex;
  const descending = heading.getAttribute("aria-sort") === "ascending";
  const sign = descending ? -1 : 1;
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
  const value = (row) => row.cells[place].dataset.value ?? row.cells[place].textContent;
  rows.sort((one, other) => sign * value(one).localeCompare(value(other), undefined, { numeric: true }));
  table.tBodies[0].append(...rows);
}

for (const button of table.tHead.querySelectorAll("button")) {
  button.addEventListener("click", () => sort(button.parentElement));
}
search.addEventListener("input", choose);
filter.addEventListener("change", choose);
document.getElementById("choice").hidden = false;
choose();
