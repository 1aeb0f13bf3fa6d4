// Controls the verifying tab: shows the server's result (app/chat/turn.py), also to screen readers.
// Gradio runs this once, after device.js and redraw.js; page.js handles chips, players and the theme.

const result = element.querySelector(".result");
const told = element.querySelector(".status");
// The last finished result: the server may still send changes of one that was stopped here.
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
  // On a phone this closes the keyboard, to make room for the result.
  if (!hasKeyboard.matches) document.querySelector("#cc-statement textarea")?.blur();
  document.querySelector("#cc-verify-box")?.scrollIntoView({ block: "start", behavior: smooth() });
}

document.body.dataset.verifying = "false";
watch("value", () => { if (props.value) show(props.value); });
