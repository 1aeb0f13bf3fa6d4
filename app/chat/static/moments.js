// What a visitor does with moments: opens a source, plays a recording. Used by the chat and by the pages of shared
// answers; device.js and recording.js run before it. Nothing is loaded from other hosts before "Play here" is pressed.

const find = (id) => document.getElementById(id);
const inPage = (selector) => document.querySelector(selector);

function openSource(chip) {
  const source = find(chip.dataset.source);
  if (!source) return;
  if (source.closest(".panel")) selectSources(source.dataset.turn);
  for (const other of document.querySelectorAll(".source.current, .chip.current")) other.classList.remove("current");
  for (const other of source.parentElement.querySelectorAll(".source > details[open]")) {
    // A playing recording stays visible.
    if (!other.querySelector(".player:not(:empty)")) other.open = false;
  }
  source.classList.add("current");
  chip.classList.add("current");
  source.querySelector("details").open = true;
  source.querySelector("summary").focus({ preventScroll: true });
  source.scrollIntoView({ block: "start", behavior: smooth() });
}

function backToAnswer(button) {
  const id = button.closest(".source").id;
  const chip = inPage(`.chip.current[data-source="${id}"]`) || inPage(`.chip[data-source="${id}"]`);
  chip?.focus({ preventScroll: true });
  chip?.scrollIntoView({ block: "center", behavior: smooth() });
}

// ---- the player -------------------------------------------------------------------------------

function play(button) {
  const place = button.closest(".plays").querySelector(".player");
  const playing = place.childElementCount > 0;
  for (const other of document.querySelectorAll(".player")) stopPlayer(other);
  if (playing || !/^https?:/.test(button.dataset.embed)) return;
  const hint = document.createElement("p");
  hint.className = "hint";
  hint.textContent = `Playing from ${button.dataset.from}. If it does not play, open it there.`;
  place.append(recording(button.dataset), hint);
  button.textContent = "Close the player";
}

function stopPlayer(place) {
  if (!place.childElementCount) return;
  place.replaceChildren();
  place.closest(".plays").querySelector(".play").textContent = "Play here";
}
