// Plays a moment, copies an answer and opens a source: what can be pressed in an answer.

// Open the player of a button.
function play(button, say) {
  const place = button.closest(".plays").querySelector(".player");
  place.append(recording(button.dataset), make("p", { class: "hint" }, say("playing")));
  button.dataset.label = button.textContent;
  button.textContent = say("stop_playing");
}

function stopPlayers(root) {
  for (const place of root.querySelectorAll(".player:not(:empty)")) {
    place.replaceChildren();
    const button = place.closest(".plays").querySelector(".play");
    button.textContent = button.dataset.label;
  }
}

async function copy(button, say, announce) {
  const box = button.closest(".turn").querySelector(".copy-box");
  const area = box.querySelector("textarea");
  try {
    await navigator.clipboard.writeText(area.value);
    announce(say("copied"));
  } catch {
    // No permission, or no secure connection: the visitor must copy it by hand.
    box.hidden = false;
    area.focus();
    area.select();
    announce(say("copy_by_hand"));
  }
}

// Open the card of a numbered source, below the answer.
function openSource(chip) {
  const one = chip.closest(".one");
  const card = one.querySelector(`.source[data-moment="${chip.textContent.trim()}"]`);
  if (!card) return;
  one.querySelector(".cited").open = true;
  for (const current of one.querySelectorAll(".current")) current.classList.remove("current");
  chip.classList.add("current");
  card.querySelector("details").open = true;
  card.querySelector("summary").focus({ preventScroll: true });
  card.scrollIntoView({ block: "nearest" });
}

function backToAnswer(button) {
  const one = button.closest(".one");
  const number = button.closest(".source").dataset.moment;
  const chips = [...one.querySelectorAll(".answer .chip")].filter((chip) => chip.textContent.trim() === number);
  const chip = chips.find((other) => other.classList.contains("current")) || chips[0];
  chip?.focus({ preventScroll: true });
  chip?.scrollIntoView({ block: "center" });
}
