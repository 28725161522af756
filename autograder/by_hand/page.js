"use strict";
// The marking page: one question at a time, one answer after the other, by keyboard.

const $ = (id) => document.getElementById(id);
const state = { questions: [], answers: [], open: null, opened: null, opening: null, choosing: null, alike: [] };
const question = () => state.questions[$("questions").selectedIndex];
const asked = () => ({ assignment: question().assignment, question: question().question, marker: $("marker").value });

// The token that the address brought, kept for this tab alone.
const given = () => new URLSearchParams(location.hash.slice(1)).get("token");
if (given()) {
  sessionStorage.setItem("token", given());
  history.replaceState(null, "", "/");
}
window.addEventListener("hashchange", () => { if (given()) location.reload(); });

let pending = 0;

async function call(...request) {
  pending += 1;
  document.body.ariaBusy = "true";
  try {
    return await ask(...request);
  } finally {
    pending -= 1;
    if (!pending) document.body.ariaBusy = "false";
  }
}

async function ask(what, parameters, posted) {
  const headers = { Authorization: `Bearer ${sessionStorage.getItem("token")}` };
  const options = posted ? { method: "POST", headers, body: JSON.stringify(parameters) } : { headers };
  const address = posted ? `/api/${what}` : `/api/${what}?${new URLSearchParams(parameters)}`;
  let response;
  try {
    response = await fetch(address, options);
  } catch {
    tell("The server does not answer: is `python -m autograder mark` still running? Nothing was saved since.");
    throw new Error("no server");
  }
  const text = await response.text();
  if (response.ok) return JSON.parse(text);
  const isTold = response.headers.get("Content-Type") === "application/json";
  const error = new Error(isTold ? JSON.parse(text).message : text);
  tell(error.message);
  error.conflict = response.status === 409;
  throw error;
}

function tell(text) {
  $("message").textContent = text;
  $("message").hidden = !text;
}

// What a student wrote; a link of theirs opens beside this page, and learns nothing of it.
function showTheirs(box, html) {
  box.innerHTML = html;
  for (const link of box.querySelectorAll("a")) {
    link.target = "_blank";
    link.rel = "noopener noreferrer";
  }
}

// ------------------------------------------------------------------------------------------------------------ questions

async function start() {
  $("marker").value = localStorage.getItem("marker") ?? "";
  const told = await call("start", { marker: $("marker").value });
  if (!$("marker").value) $("marker").value = told.name;
  state.questions = told.questions;
  const chosen = $("questions").selectedIndex;
  $("questions").replaceChildren(...told.questions.map((each) => (
    new Option(named(each, each.counts.left + each.counts.changed + each.counts.two)))));
  const first = told.questions.findIndex((each) => each.counts.left + each.counts.changed > 0);
  $("questions").selectedIndex = chosen >= 0 ? chosen : Math.max(0, first);
  await chooseQuestion();
}

const named = (each, left) => `${each.assignment}, ${each.question.replace("answer_", "")}: ${left} left`;

async function chooseQuestion() {
  const choosing = state.choosing = Symbol("question");
  const each = question();
  $("text").innerHTML = each.text;
  $("model").innerHTML = each.model;
  $("of").textContent = `of ${each.max_score}`;
  $("points").max = each.max_score;
  $("scheme").replaceChildren(...each.scheme.map((point, number) => {
    const item = document.createElement("li");
    const label = document.createElement("label");
    const box = document.createElement("input");
    box.type = "checkbox";
    box.id = `tick-${number}`;
    box.addEventListener("change", addUp);
    label.append(box, ` ${point.points} for ${point.text}`);
    item.append(label);
    return item;
  }));
  const { twice, equal, mean, largest } = each.agreement;
  $("agreement").textContent = twice
    ? `Marked by two: ${twice}, of these ${equal} with the same points; they differ by ${mean.toFixed(2)} on average, `
      + `by ${largest} at most.` : "";
  await list();
  if (state.choosing !== choosing) return;  // another was chosen meanwhile
  state.open = null;
  await go(1);
}

async function list() {
  const about = asked();
  const told = await call("answers", about);
  if (about.question !== question().question) return;
  state.answers = told.answers;
  $("bank").replaceChildren(new Option(""), ...told.comments.map((comment) => new Option(comment)));
  showLeft();
}

const isLeft = (answer) => ["left", "changed"].includes(answer.state);

function showLeft() {
  const left = state.answers.filter((answer) => isLeft(answer) || answer.state === "two").length;
  $("bar").max = Math.max(1, state.answers.length);
  $("bar").value = state.answers.length - left;
  $("left").textContent = `${left} of ${state.answers.length} left`;
  $("questions").selectedOptions[0].text = named(question(), left);
}

function isShown(answer) {
  const filter = $("filter").value;
  if (filter === "all") return true;
  return filter ? answer.state === filter : isLeft(answer);
}

// -------------------------------------------------------------------------------------------------------------- answers

// Whoever has one answer of a group open marks the others with it.
const isElsewhere = (answer) => state.answers.some((other) => other.group === answer.group && other.holder);

async function go(step) {
  const place = state.answers.findIndex((answer) => answer.id === state.open);
  const count = state.answers.length;
  for (let far = 1; far <= count; far += 1) {
    const answer = state.answers[(place + step * far + count * (far + 1)) % count];
    if (answer.id !== state.open && isShown(answer) && !isElsewhere(answer)) return open(answer);
  }
  const current = state.answers[place];
  if (!current || !isShown(current)) showNothing();
}

function showNothing() {
  state.open = state.opened = state.opening = null;
  state.alike = [];
  const others = state.answers.filter((answer) => isLeft(answer) && isElsewhere(answer)).length;
  $("title").textContent = others ? `${others} answers are open elsewhere` : "All are marked";
  for (const id of ["answer", "alike", "shown", "given"]) $(id).replaceChildren();
  $("others").hidden = true;
  tick([]);
}

async function open(answer) {
  const opening = state.opening = Symbol(answer.id);  // what comes back for an earlier one is not shown
  const isFirst = state.open === null;
  state.open = answer.id;
  state.opened = null;
  const names = $("names").checked ? "yes" : "no";
  const told = await call("answer", { ...asked(), id: answer.id, names });
  if (state.opening !== opening) return;
  state.opened = told;
  if (told.holder) tell(`${told.holder} has this answer open.`); else tell("");
  const name = document.createElement("bdi");  // whose letters may run the other way
  name.textContent = told.student ?? "";
  $("title").replaceChildren(`Answer ${answer.number}${told.student ? ": " : ""}`, name,
    { changed: " – changed since it was marked, look again", empty: " – left empty" }[told.state] ?? "");
  showTheirs($("answer"), told.text);
  if (!isFirst) $("answer-box").scrollIntoView();  // with the first, the question is to be read
  $("work").open = false;
  $("shown").replaceChildren();
  const own = told.marks.find((mark) => mark.marker === $("marker").value) ?? told.marks[0];
  tick(own ? own.ticks : []);
  if (told.points !== null && told.state !== "left") $("points").value = own ? own.points : told.points;
  $("comment").value = own ? own.comment : "";
  $("given").replaceChildren(...told.marks.map((mark) => {
    const line = document.createElement("p");
    line.className = told.state === "two" ? "two" : "muted";
    line.textContent = `${mark.marker}: ${mark.points}, ${mark.at.slice(0, 16).replace("T", " ")}`
      + (mark.comment ? ` – ${mark.comment}` : "");
    return line;
  }));
  if (told.state === "two") {
    const line = document.createElement("p");
    line.textContent = "What is saved now settles it.";
    $("given").append(line);
  }
  await showAlike(answer, opening);
}

async function showAlike(answer, opening) {
  const group = state.answers.filter((other) => other.group === answer.group && other.id !== answer.id
    && isLeft(other) && !other.holder);
  state.alike = [];
  $("others").hidden = !group.length || !isLeft(answer);
  $("alike").replaceChildren();
  if ($("others").hidden) return;
  const source = (text) => (question().is_code ? text.trim() : text.toLowerCase().replace(/\s+/g, " ").trim());
  for (const other of group) {
    const told = await call("answer", { ...asked(), id: other.id, names: "no", claim: "no" });
    if (state.opening !== opening) return;
    const isEqual = source(told.source) === source(state.opened.source);
    const row = document.createElement("label");
    row.className = "pair";
    const box = document.createElement("input");
    box.type = "checkbox";
    box.checked = isEqual && !told.holder;
    const text = document.createElement("div");
    if (isEqual) {
      text.textContent = `Answer ${other.number}: equal`;
    } else {
      text.className = "theirs";
      showTheirs(text, told.text);
    }
    row.append(box, text);
    $("alike").append(row);
    state.alike.push({ box, answer: other, isEqual });
  }
}

async function showWork() {
  $("work").open = !$("work").open;
  if (!$("work").open || !state.open) return;
  const { opening } = state;
  const { html } = await call("work", { ...asked(), id: state.open });
  if (state.opening === opening) showTheirs($("shown"), html);
}

// ---------------------------------------------------------------------------------------------------------------- marks

const boxes = () => [...$("scheme").querySelectorAll("input")];
const ticked = () => boxes().flatMap((box, number) => (box.checked ? [number] : []));

function tick(numbers) {
  boxes().forEach((box, number) => { box.checked = numbers.includes(number); });
  if (numbers.length) addUp(); else $("points").value = "";
}

function addUp() {
  const points = ticked().reduce((sum, number) => sum + question().scheme[number].points, 0);
  $("points").value = Math.min(points, question().max_score);
}

function full() {
  boxes().forEach((box) => { box.checked = false; });
  let points = 0;
  question().scheme.forEach((point, number) => {
    if (points + point.points <= question().max_score) {
      boxes()[number].checked = true;
      points += point.points;
    }
  });
  $("points").value = question().max_score;
}

function none() {
  tick([]);
  $("points").value = 0;
}

async function save() {
  if (!state.opened) return;
  if ($("points").value === "") { tell("Tick points, or press 0 for none."); return; }
  const current = state.answers.find((answer) => answer.id === state.open);
  const chosen = [current, ...state.alike.filter((each) => each.box.checked).map((each) => each.answer)];
  const answers = Object.fromEntries(chosen.map((answer) => [answer.id, answer.marks]));
  const body = { ...asked(), answers, points: Number($("points").value), ticks: ticked(), comment: $("comment").value,
    settles: state.opened.state === "two" };
  const { opened } = state;
  state.opened = null;  // a second Enter marks nothing before the next answer is shown
  try {
    const told = await call("mark", body, true);
    await list();
    await go(1);
    if (state.open === current.id) state.opened = opened;
    if (told.waits) tell(`${told.waits} marks are kept, and entered once the gradebook is free.`);
  } catch (error) {
    if (state.open === current.id) state.opened = opened;
    if (!error.conflict) return;
    await list();
    const again = state.answers.find((answer) => answer.id === current.id);
    await open(again);
    tell(error.message);
  }
}

async function undo() {
  const told = await call("undo", asked(), true);
  if (!told.undone.length) { tell("There is nothing to undo."); return; }
  const place = state.questions.findIndex((each) => each.assignment === told.assignment
    && each.question === told.question);
  if (place !== $("questions").selectedIndex) {
    $("questions").selectedIndex = place;
    await chooseQuestion();
  }
  const back = `Taken back: ${told.undone.length} ${told.undone.length === 1 ? "mark" : "marks"}`;
  try {
    await list();
    await open(state.answers.find((answer) => answer.id === told.undone[0]));
  } finally {
    tell(told.waits ? `${back}; the gradebook follows once it is free.` : `${back}.`);
  }
}

// ----------------------------------------------------------------------------------------------------------------- keys

const keys = {
  f: full, 0: none, n: () => go(1), p: () => go(-1), ArrowRight: () => go(1), ArrowLeft: () => go(-1), Enter: save,
  u: undo, o: showWork, c: () => $("comment").focus(), b: () => $("bank").focus(),
  m: () => { $("model-box").open = !$("model-box").open; },
  e: () => state.alike.filter((each) => each.isEqual).forEach((each) => { each.box.checked = !each.box.checked; }),
  g: () => state.alike.filter((each) => !each.isEqual).forEach((each) => { each.box.checked = !each.box.checked; }),
};

document.addEventListener("keydown", (event) => {
  const typing = event.target.matches("textarea, select, input:not([type=checkbox])");
  if (event.key === "Escape") { document.activeElement.blur(); return; }
  if (typing && event.key === "Enter" && (event.ctrlKey || event.target.id === "points")) {
    event.preventDefault();
    event.target.blur();
    save();
    return;
  }
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (/^[1-9]$/.test(event.key)) {
    const box = boxes()[Number(event.key) - 1];
    if (box) { box.checked = !box.checked; addUp(); }
  } else if (keys[event.key]) {
    event.preventDefault();
    keys[event.key]();
  }
});

for (const [id, action] of Object.entries({ full, none, save, undo, next: () => go(1), previous: () => go(-1) })) {
  $(id).addEventListener("click", action);
}
$("work").querySelector("summary").addEventListener("click", (event) => { event.preventDefault(); showWork(); });
$("questions").addEventListener("change", () => { chooseQuestion(); $("questions").blur(); });
$("filter").addEventListener("change", () => { state.open = null; go(1); $("filter").blur(); });
$("marker").addEventListener("change", () => { localStorage.setItem("marker", $("marker").value); start(); });
$("names").addEventListener("change", () => {
  const current = state.answers.find((answer) => answer.id === state.open);
  if (current) open(current);
});
$("bank").addEventListener("change", () => {
  const chosen = $("bank").value;
  if (chosen) $("comment").value = [$("comment").value, chosen].filter(Boolean).join("\n");
  $("bank").selectedIndex = 0;
  $("bank").blur();
});
setInterval(() => { if (state.questions.length) list().catch(() => {}); }, 15000);
start();
