// Shares an answer, and sends what a visitor thinks of it. Both open a box below the answer that says what will be
// stored; only its button sends anything, and the server's reply is shown in the box. Used by the chat and by the element
// for other sites, which have `store` and `write`; device.js and copying.js run before it.

const boxOf = (button, kind) => button.closest(".turn").querySelector(`.${kind}-box`);

// The whole box is above the composer, which stays at the bottom of the window.
function reveal(box, focused) {
  focused.focus({ preventScroll: true });
  box.scrollIntoView({ block: "nearest", behavior: smooth() });
}

function toggleShare(button) {
  const box = boxOf(button, "share");
  box.hidden = !box.hidden;
  button.setAttribute("aria-expanded", String(!box.hidden));
  if (!box.hidden) reveal(box, box.querySelector(".done:not([hidden]) .address") || box.querySelector(".do-share"));
}

function pressThumb(button) {
  const box = boxOf(button, "judge");
  if (box.querySelector(".asks").hidden) return;  // sent already
  for (const thumb of button.closest(".turn").querySelectorAll(".thumb")) {
    thumb.setAttribute("aria-pressed", String(thumb === button));
  }
  box.hidden = false;
  reveal(box, box.querySelector(".note"));
}

function closeBox(button) {
  const box = button.closest(".keep-box");
  const turn = box.closest(".turn");
  box.hidden = true;
  const opener = turn.querySelector(box.classList.contains("share-box") ? ".share" : '.thumb[aria-pressed="true"]');
  opener?.focus();
  opener?.setAttribute("aria-expanded", "false");
  if (box.classList.contains("judge-box")) opener?.setAttribute("aria-pressed", "false");
}

function send(button, event, values) {
  button.disabled = true;  // until the reply: one press stores one thing
  store(button, event, values);
}

function doShare(button) {
  send(button, "keep", {});
}

function doJudge(button) {
  const verdict = button.closest(".turn").querySelector('.thumb[aria-pressed="true"]')?.dataset.verdict;
  send(button, "judge", { verdict, note: button.closest(".judge-box").querySelector(".note").value });
}

// The server's reply: where the answer is now, or why nothing was stored. The answer stays in the page either way.
function showKept(turn, { what, path, error }) {
  const box = boxOf(turn, what);
  box.querySelector(`.do-${what}`).disabled = false;
  write(box.querySelector(".told"), error ? `${error}.` : what === "share" ? "Stored." : "Thank you.");
  if (error) return;
  box.querySelector(".asks").hidden = true;
  if (what !== "share") return;
  const address = new URL(path, location.href).href;
  box.querySelector(".done").hidden = false;
  box.querySelector(".opens-address").href = address;
  const field = box.querySelector(".address");
  field.value = address;
  field.focus();
  field.select();
}

async function copyAddress(button) {
  const box = button.closest(".share-box");
  write(box.querySelector(".told"), (await copied(box.querySelector(".address"))) ? "Copied." : BY_HAND);
}

const keeps = {
  ".share": toggleShare,
  ".thumb": pressThumb,
  ".no-keep": closeBox,
  ".do-share": doShare,
  ".do-judge": doJudge,
  ".copy-address": copyAddress,
};
