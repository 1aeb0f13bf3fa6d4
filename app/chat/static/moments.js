// Opens the sources of an answer. Used by the chat and by the pages of shared answers; device.js runs before it.

const find = (id) => document.getElementById(id);
// Texts of scripts that other pages show in other languages.
const write = (element, text) => { element.textContent = text; };
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
