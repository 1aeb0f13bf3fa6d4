// The page's own behaviour. Gradio runs this once, as the body of a function, when the conversation
// is on the page; `element`, `trigger`, `props` and `watch` are its arguments.
//
// The server sends changes (app/chat/session.py); `change` applies them to the conversation and the
// source panel, one turn at a time, so everything else stays as the visitor left it. HTML in a
// change is made and escaped by app/chat/view.py and sources.py; nothing here makes HTML of text.
// Nothing is loaded from elsewhere before "Play here" is pressed.

const body = document.body;
const log = element.querySelector(".log");
const say = element.querySelector(".say");
const PLAYER = "https://www.youtube-nocookie.com/embed/";
const THEME = "citecast-theme";

const find = (id) => document.getElementById(id);
const inPage = (selector) => document.querySelector(selector);
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const smooth = () => (calm.matches ? "auto" : "smooth");
const textBox = () => inPage("#cc-text textarea");
// On a phone focus in the text box would raise the keyboard over the answer.
const hasKeyboard = matchMedia("(hover: hover) and (pointer: fine)");

function announce(text) {
  say.textContent = "";
  // A status that is set to what it already says is not read out again.
  requestAnimationFrame(() => { say.textContent = text; });
  clearTimeout(announce.timer);
  announce.timer = setTimeout(() => { say.textContent = ""; }, 6000);
}

// Whether the visitor has scrolled since the last question.
let wandered = false;
for (const gesture of ["wheel", "touchmove"]) {
  document.addEventListener(gesture, () => { wandered = true; }, { passive: true });
}

// ---- the conversation -------------------------------------------------------------------------

function toElement(html) {
  const template = document.createElement("template");
  template.innerHTML = html.trim();
  return template.content.firstElementChild;
}

function change(what) {
  if (!what || !what.kind) return;
  if (what.kind === "turn") showTurn(what);
  if (what.kind === "say") announce(what.text);
  if (what.kind === "clear") clearAll();
  body.dataset.busy = String(Boolean(log.querySelector('[data-state="pending"]')));
  body.dataset.started = String(log.childElementCount > 0);
}

function showTurn({ id, html, sources, state }) {
  const turn = toElement(html);
  const before = find(`turn-${id}`);
  if (before) {
    // Stopped here, answered there at the same time: what the visitor saw last stands.
    if (before.dataset.state !== "pending") return;
    before.replaceWith(turn);
    // The answer is read from its question down, unless the visitor went elsewhere meanwhile.
    if (!wandered) turn.scrollIntoView({ block: "start", behavior: smooth() });
  } else {
    wandered = false;
    log.append(turn);
    say.textContent = "";
    turn.scrollIntoView({ block: "start", behavior: smooth() });
    if (hasKeyboard.matches) textBox()?.focus({ preventScroll: true });
    else textBox()?.blur();
  }
  if (state === "answered" || state === "refused") showSources(id, sources);
}

function clearAll() {
  log.replaceChildren();
  inPage(".panel .stack").replaceChildren();
  showSources("", "");
  announce("Conversation cleared.");
  textBox()?.focus();
}

// ---- the source panel -------------------------------------------------------------------------

function showSources(id, html) {
  if (html) inPage(".panel .stack").append(toElement(html));
  selectSources(id);
}

function selectSources(id) {
  let found = false;
  for (const list of inPage(".panel .stack").children) {
    list.hidden = list.dataset.turn !== id;
    found ||= !list.hidden;
  }
  inPage(".panel .empty").hidden = found || Boolean(id);
  inPage(".panel .none").hidden = found || !id;
  inPage(".panel").scrollTop = 0;
}

function openSource(chip) {
  const source = find(chip.dataset.source);
  if (!source) return;
  selectSources(source.dataset.turn);
  for (const other of document.querySelectorAll(".source.current, .chip.current")) other.classList.remove("current");
  for (const other of source.parentElement.querySelectorAll("details[open]")) {
    // What is playing stays in sight.
    if (!other.querySelector("iframe")) other.open = false;
  }
  source.classList.add("current");
  chip.classList.add("current");
  source.querySelector("details").open = true;
  source.querySelector("summary").focus({ preventScroll: true });
  source.scrollIntoView({ block: "start", behavior: smooth() });
}

function backToAnswer(button) {
  const id = button.closest(".source").id;
  const chip = log.querySelector(`.chip.current[data-source="${id}"]`) || log.querySelector(`[data-source="${id}"]`);
  chip?.focus({ preventScroll: true });
  chip?.scrollIntoView({ block: "center", behavior: smooth() });
}

// ---- the player -------------------------------------------------------------------------------

function play(button) {
  const place = button.closest(".body").querySelector(".player");
  const playing = place.childElementCount > 0;
  for (const other of document.querySelectorAll(".player")) stopPlayer(other);
  const address = button.dataset.embed;
  if (playing || !address.startsWith(PLAYER)) return;
  const frame = document.createElement("iframe");
  frame.title = button.dataset.title;
  frame.allow = "autoplay; encrypted-media; fullscreen; picture-in-picture";
  // YouTube refuses to play for a page that does not say who it is.
  frame.referrerPolicy = "strict-origin-when-cross-origin";
  // Its own scripts under its own origin, and links that leave it; never this page.
  frame.setAttribute("sandbox", "allow-scripts allow-same-origin allow-presentation allow-popups allow-popups-to-escape-sandbox");
  frame.src = address;
  const hint = document.createElement("p");
  hint.className = "hint";
  hint.textContent = "Playing from YouTube. If it stays empty, use the link below.";
  place.append(frame, hint);
  button.textContent = "Close the player";
}

function stopPlayer(place) {
  if (!place.childElementCount) return;
  place.replaceChildren();
  place.closest(".body").querySelector(".play").textContent = "Play here";
}

// ---- copying ----------------------------------------------------------------------------------

async function copy(button) {
  const box = button.closest(".turn").querySelector(".copy-box");
  const area = box.querySelector("textarea");
  try {
    await navigator.clipboard.writeText(area.value);
    announce("Answer copied as Markdown.");
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy as Markdown"; }, 2000);
  } catch {
    // No permission, or no secure connection: the visitor copies it by hand.
    box.hidden = false;
    area.focus();
    area.select();
    announce("Press Ctrl+C or ⌘C to copy.");
  }
}

// ---- dark and light ---------------------------------------------------------------------------

const systemDark = matchMedia("(prefers-color-scheme: dark)");
let picked = null;

function remembered() {
  // Kept for this tab only; a frame of another site may not keep anything at all.
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
  try { sessionStorage.setItem(THEME, picked); } catch { /* then it lasts until the page is left */ }
  applyTheme();
}

// ---- wiring -----------------------------------------------------------------------------------

const clicks = {
  ".chip": openSource,
  ".back": backToAnswer,
  ".play": play,
  ".copy": copy,
  "button.theme": toggleTheme,
  ".skip": () => textBox()?.focus(),
  ".example": (button) => trigger("example", { question: button.dataset.question }),
};

document.addEventListener("click", (event) => {
  for (const [selector, act] of Object.entries(clicks)) {
    const button = event.target.closest?.(selector);
    if (button) return act(button);
  }
});

// What Gradio leaves out for screen readers: whether the fold of the filters is open. The composer
// comes onto the page after this script.
function markFold() {
  const fold = inPage("#cc-filters > .label-wrap");
  if (!fold) return requestAnimationFrame(markFold);
  const mark = () => fold.setAttribute("aria-expanded", String(fold.classList.contains("open")));
  new MutationObserver(mark).observe(fold, { attributes: true, attributeFilter: ["class"] });
  mark();
}

markFold();
body.dataset.busy = "false";
body.dataset.started = "false";
watch("value", () => change(props.value));
systemDark.addEventListener("change", applyTheme);
// Gradio sets its own class when it starts and when the system's theme changes.
new MutationObserver(applyTheme).observe(body, { attributes: true, attributeFilter: ["class"] });
applyTheme();
