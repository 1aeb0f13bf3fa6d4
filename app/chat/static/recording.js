// Plays a moment in the page, from the data of its button. Used by the chat, by the pages of shared answers and by the
// element for other sites; sequence.js runs after it, and the page has `write`. Nothing is loaded before a click.

function audio({ embed, title }) {
  const element = document.createElement("audio");
  element.controls = element.autoplay = true;
  element.setAttribute("aria-label", title);
  element.src = embed;
  return element;
}

function frame({ embed, title }) {
  const element = document.createElement("iframe");
  element.title = title;
  element.allow = "autoplay; encrypted-media; fullscreen; picture-in-picture";
  // Some services refuse to play for a page that sends no referrer.
  element.referrerPolicy = "strict-origin-when-cross-origin";
  // It may run its own scripts under its own origin and open links, but not navigate this page.
  element.setAttribute("sandbox", "allow-scripts allow-same-origin allow-presentation allow-popups allow-popups-to-escape-sandbox");
  element.src = embed;
  return element;
}

// The one that the button names.
function recording(data) {
  return data.plays === "audio" ? audio(data) : frame(data);
}

// Whether a moment is to be played here: whoever plays it elsewhere prevents this event.
function begins(element) {
  return element.dispatchEvent(new Event("moment", { bubbles: true, cancelable: true }));
}

// Open the player of a button, or close it if it is open. One recording plays at a time.
function play(button) {
  const place = button.closest(".plays").querySelector(".player");
  const playing = place.childElementCount > 0;
  stopSequence();
  stopPlayers(button.getRootNode());
  if (playing || !/^https?:/.test(button.dataset.embed) || !begins(button)) return;
  const hint = document.createElement("p");
  hint.className = "hint";
  place.append(recording(button.dataset), hint);
  write(hint, `Playing from ${button.dataset.from}. If it does not play, open it there.`);
  button.dataset.label = button.textContent;
  write(button, "Close the player");
}

function stopPlayers(root) {
  for (const place of root.querySelectorAll(".player:not(:empty)")) {
    place.replaceChildren();
    const button = place.closest(".plays").querySelector(".play");
    button.textContent = button.dataset.label;
  }
}
