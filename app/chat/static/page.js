// Controls the chat page. Gradio runs this once, in the body of a function, when the conversation
// is on the page; `element`, `trigger`, `props` and `watch` are its arguments.
//
// The server sends changes (app/chat/state.py); `change` applies them to the conversation and the
// source panel, one turn at a time and only where it differs, so everything else stays as the visitor
// left it. Of several changes at once only the last may arrive: each holds the whole turn.
// HTML in a change is made and escaped by app/chat/templates/ (view.py); nothing here turns text into
// HTML. The scripts that run before this file are named in app/chat/page.py.
// Nothing is loaded from other hosts before "Play here" is pressed.

const body = document.body;
const log = element.querySelector(".log");
const say = element.querySelector(".say");
const status = element.querySelector(".status");
const THEME = "citecast-theme";

const textBox = () => inPage("#cc-text textarea");

function announce(text) {
  say.textContent = "";
  // A status that is set to the same text is not read out again.
  requestAnimationFrame(() => { say.textContent = text; });
  clearTimeout(announce.timer);
  announce.timer = setTimeout(() => { say.textContent = ""; }, 6000);
}

// Progress of the last question, for screen readers; the same status is not repeated.
function tell(text) {
  if (status.textContent !== text) status.textContent = text;
}

// ---- the conversation -------------------------------------------------------------------------

function change(what) {
  if (!what || !what.kind) return;
  if (what.kind === "turn") showTurn(what);
  if (what.kind === "end") endTurn(what);
  if (what.kind === "say") announce(what.text);
  if (what.kind === "clear") clearAll();
  if (what.kind === "kept") showReply(what);
  body.dataset.busy = String(Boolean(log.querySelector('[data-state="pending"]')));
  body.dataset.started = String(log.childElementCount > 0);
}

// Cleared turns; the server may still send changes of one.
const cleared = new Set();

function showTurn({ id, html, sources, status: told }) {
  if (cleared.has(`turn-${id}`)) return;
  const turn = find(`turn-${id}`);
  if (!turn) return startTurn(html, told);
  // Stopped here and answered by the server at the same time: what the visitor saw last stays.
  if (turn.dataset.state !== "pending") return;
  redraw(turn, html);
  showSources(id, sources);
  tell(told);
}

function startTurn(html, told) {
  // Hides the start page, which must not count for the scroll position.
  body.dataset.started = "true";
  const turn = draw(log, html);
  say.textContent = "";
  // The last turn is as high as the window (page.css), so its question is at the top and nothing
  // moves while it grows.
  turn.scrollIntoView({ block: "start", behavior: smooth() });
  if (hasKeyboard.matches) textBox()?.focus({ preventScroll: true });
  else textBox()?.blur();
  tell(told);
}

function endTurn({ id, html, state, status: told }) {
  const turn = find(`turn-${id}`);
  if (turn?.dataset.state !== "pending") return;
  for (const part of turn.querySelectorAll(".pending, .reading")) part.remove();
  turn.append(toElement(html));
  turn.dataset.state = state;
  turn.removeAttribute("aria-busy");
  tell(told);
}

function clearAll() {
  for (const turn of log.children) cleared.add(turn.id);
  log.replaceChildren();
  inPage(".panel .stack")?.replaceChildren();
  selectSources("");
  tell("");
  announce("Conversation cleared.");
  textBox()?.focus();
}

// ---- the source panel -------------------------------------------------------------------------

function showSources(id, html) {
  const stack = inPage(".panel .stack");
  // Answers of quotes have no panel; null leaves it as it is.
  if (!stack || html === null) return;
  const list = [...stack.children].find((one) => one.dataset.turn === id);
  if (list && html) return redraw(list, html);
  if (html) draw(stack, html);
  list?.remove();
  selectSources(id);
}

function selectSources(id) {
  if (!inPage(".panel")) return;
  let found = false;
  for (const list of inPage(".panel .stack").children) {
    list.hidden = list.dataset.turn !== id;
    found ||= !list.hidden;
  }
  inPage(".panel .empty").hidden = found || Boolean(id);
  inPage(".panel .none").hidden = found || !id;
  inPage(".panel").scrollTop = 0;
}

// ---- storing ----------------------------------------------------------------------------------

// Ask the server to store what belongs to a turn; it replies with a change (`kept`).
function store(button, event, values) {
  trigger(event, { turn: button.closest(".turn").id.replace("turn-", ""), ...values });
}

function showReply({ id, ...reply }) {
  const turn = find(`turn-${id}`);
  if (turn) showKept(turn, reply);
}

// ---- dark and light ---------------------------------------------------------------------------

const systemDark = matchMedia("(prefers-color-scheme: dark)");
let picked = null;

function remembered() {
  // Kept for this tab only; in a frame of another site nothing may be kept.
  try { return sessionStorage.getItem(THEME); } catch { return null; }
}

function applyTheme() {
  const dark = (picked || remembered() || (systemDark.matches ? "dark" : "light")) === "dark";
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  if (body.classList.contains("dark") !== dark) body.classList.toggle("dark", dark);
  inPage("button.theme")?.setAttribute("aria-pressed", String(dark));
}

function toggleTheme() {
  picked = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  try { sessionStorage.setItem(THEME, picked); } catch { /* then it lasts until the page is closed */ }
  applyTheme();
}

// ---- wiring -----------------------------------------------------------------------------------

const clicks = {
  ".chip": openSource,
  ".back": backToAnswer,
  ".play": play,
  ".copy": copy,
  ...keeps,
  ...sequences,
  "button.theme": toggleTheme,
  ".skip": () => inPage('[role="tabpanel"]:not([style*="none"]) textarea:not([readonly])')?.focus(),
  ".example": (button) => trigger("example", { question: button.dataset.question }),
};

document.addEventListener("click", (event) => {
  for (const [selector, act] of Object.entries(clicks)) {
    const button = event.target.closest?.(selector);
    if (button) return act(button);
  }
});

// Adds what Gradio's tabs lack: arrow keys, and the panel that belongs to each tab.
const tabs = () => [...document.querySelectorAll('#cc-tabs > .tab-wrapper [role="tab"]')];

document.addEventListener("keydown", (event) => {
  const place = tabs().indexOf(event.target);
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (place < 0 || !step) return;
  const next = tabs().at((place + step) % tabs().length);
  next.focus();
  next.click();
});

// A panel is added to the page when its tab is first chosen.
function nameTabPanels() {
  const name = () => {
    for (const tab of tabs()) find(tab.getAttribute("aria-controls"))?.setAttribute("aria-labelledby", tab.id);
  };
  new MutationObserver(name).observe(inPage("#cc-tabs"), { childList: true });
  name();
}

// Also whether the filter accordion is open. Both are added to the page after this script.
function markFold() {
  const fold = inPage("#cc-filters > .label-wrap");
  if (!fold) return requestAnimationFrame(markFold);
  const mark = () => fold.setAttribute("aria-expanded", String(fold.classList.contains("open")));
  new MutationObserver(mark).observe(fold, { attributes: true, attributeFilter: ["class"] });
  mark();
}

markFold();
nameTabPanels();
body.dataset.busy = "false";
body.dataset.started = "false";
watch("value", () => change(props.value));
systemDark.addEventListener("change", applyTheme);
// Gradio sets its own class when it starts and when the system's theme changes.
new MutationObserver(applyTheme).observe(body, { attributes: true, attributeFilter: ["class"] });
applyTheme();
