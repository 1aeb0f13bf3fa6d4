// The verifying tab's behaviour: shows the server's result (app/chat/turn.py) and tells screen readers
// of it. Gradio runs this once, with device.js and redraw.js before it; chips, players and the theme are page.js's.

const result = element.querySelector(".result");
const told = element.querySelector(".status");
// The last result that is whole: the server may have more to say of one that was stopped here.
let ended = "";

function show({ id, html, state, status }) {
  if (id === ended) return;
  const pending = state === "pending";
  if (!pending) ended = id;
  const shown = result.firstElementChild;
  if (shown && shown.id === `verified-${id}`) {
    if (shown.dataset.state === state) return;
    shown.replaceWith(toElement(html));
  } else {
    result.replaceChildren(toElement(html));
    if (pending) begin();
  }
  document.body.dataset.verifying = String(pending);
  if (told.textContent !== status) told.textContent = status;
}

function begin() {
  // On a phone the keyboard goes, so that there is room for what comes.
  if (!hasKeyboard.matches) document.querySelector("#cc-statement textarea")?.blur();
  document.querySelector("#cc-verify-box")?.scrollIntoView({ block: "start", behavior: smooth() });
}

document.body.dataset.verifying = "false";
watch("value", () => { if (props.value) show(props.value); });
