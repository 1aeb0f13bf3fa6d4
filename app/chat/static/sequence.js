// Plays the cited moments of an answer one after another ("Play these moments"), in one player below it.
//
// The list of moments is in the page: each entry has the data of a "Play here" button, with `start` and `end` in
// seconds. An audio element tells its time by events. A player in a frame tells it by messages, if it is asked in its
// service's own words (`query`, `ask`, `second`: ingest/known/services.toml); one that tells nothing plays on, and the
// button "Next" leads to the next moment. Nothing is loaded before the button is pressed.

// Seconds between two requests to a player that has not answered yet.
const ASK_AGAIN = 0.5;
// A moment is played for so many seconds at least.
const SHORTEST = 1;
// The moments being played: their place in the page, the entries, which is current, and its player.
let sequence = null;

function playSequence(button) {
  stopSequence();
  stopPlayers(button.getRootNode());
  const place = button.closest(".sequence");
  sequence = { place, items: [...place.querySelectorAll(".sequence-list li")], at: -1, player: null, asking: 0 };
  place.querySelector(".sequence-box").hidden = false;
  button.hidden = true;
  nextMoment();
  place.querySelector(sequence ? ".sequence-stop" : ".play-sequence").focus({ preventScroll: true });
  place.scrollIntoView({ block: "nearest", behavior: smooth() });
}

function nextMoment() {
  if (sequence.at + 1 >= sequence.items.length) return stopSequence();
  sequence.at += 1;
  const { place, items, at } = sequence;
  for (const item of items) item.setAttribute("aria-current", item === items[at]);
  write(place.querySelector(".sequence-now"), `${at + 1} of ${items.length}: ${items[at].textContent.trim()}`);
  place.querySelector(".sequence-next").disabled = at + 1 === items.length;
  const { plays, ask, second, from } = items[at].dataset;
  const told = plays === "audio" || (ask && second);
  sayOf(place, told
    ? `Playing from ${from}. If it stays empty, open the moment there.`
    : `Playing from ${from}. It does not tell when a moment is over: press “Next” for the next one.`);
  if (!begins(items[at])) playElsewhere();
  else if (plays === "audio") playAudio(items[at].dataset);
  else playFrame(items[at].dataset);
}

// The moment's last second has been reached, as its player says.
function heard(second) {
  if (!sequence) return;
  const { start, end } = sequence.items[sequence.at].dataset;
  if (second >= Math.max(Number(end), Number(start) + SHORTEST)) nextMoment();
}

// The page around plays it.
function playElsewhere() {
  clearInterval(sequence.asking);
  putPlayer(null);
  sayOf(sequence.place, "This page plays it itself: press “Next” for the next moment.");
}

function playAudio(data) {
  clearInterval(sequence.asking);
  // The same element again: some browsers let only the one play on that a click has started.
  if (sequence.player?.tagName !== "AUDIO") {
    const made = audio(data);
    made.addEventListener("timeupdate", () => { if (!made.seeking) heard(made.currentTime); });
    made.addEventListener("ended", () => heard(Infinity));
    made.addEventListener("error", () => sayUnplayable(data));
    putPlayer(made);
  } else {
    sequence.player.setAttribute("aria-label", data.title);
    sequence.player.src = data.embed;
    sequence.player.play().catch(() => { /* then its own button starts it */ });
  }
}

function playFrame(data) {
  clearInterval(sequence.asking);
  const address = new URL(data.embed);
  for (const [name, value] of new URLSearchParams(data.query)) address.searchParams.set(name, value);
  // A new frame: a new address in the old one would be a step back in the browser's history.
  const made = frame({ ...data, embed: address.href });
  putPlayer(made);
  if (!data.ask) return;
  sequence.asking = setInterval(() => {
    if (made.isConnected) made.contentWindow.postMessage(data.ask, address.origin);
    else stopSequence();  // its answer has been taken away
  }, ASK_AGAIN * 1000);
}

function putPlayer(made) {
  sequence.player = made;
  // An element that is only removed may play on for a moment.
  if (made?.tagName !== "AUDIO") sequence.place.querySelector("audio")?.pause();
  sequence.place.querySelector(".sequence-player").replaceChildren(...[made].filter(Boolean));
}

function sayUnplayable({ from }) {
  if (sequence) sayOf(sequence.place, `${from} does not play it here; open the moment there.`);
}

function sayOf(place, text) {
  write(place.querySelector(".sequence-hint"), text);
}

function stopSequence() {
  if (!sequence) return;
  const { place, asking } = sequence;
  sequence = null;
  clearInterval(asking);
  const box = place.querySelector(".sequence-box");
  const button = place.querySelector(".play-sequence");
  const focused = box.contains(place.getRootNode().activeElement);
  // An element that is only removed may play on for a moment.
  place.querySelector("audio")?.pause();
  place.querySelector(".sequence-player").replaceChildren();
  box.hidden = true;
  button.hidden = false;
  if (focused) button.focus({ preventScroll: true });
}

addEventListener("message", (event) => {
  const player = sequence?.player;
  if (player?.tagName !== "IFRAME" || event.source !== player.contentWindow) return;
  if (event.origin !== new URL(player.src).origin) return;
  let told = event.data;
  try { if (typeof told === "string") told = JSON.parse(told); } catch { return; }
  for (const key of sequence.items[sequence.at].dataset.second.split(".")) told = told?.[key];
  if (typeof told !== "number") return;
  clearInterval(sequence.asking);
  heard(told);
});

const sequences = {
  ".play-sequence": playSequence,
  ".sequence-next": () => { if (sequence) nextMoment(); },
  ".sequence-stop": stopSequence,
};
