// What a visitor does with an answer: opens its sources, plays, copies, shares and judges it. A module, which embed.js
// loads with the first question. All but the sources is the chat's: device.js, copying.js, recording.js, sequence.js and
// keep.js run before this part.

// The elements by their shadow roots: `words` translates a text of the server, `say` gives one of the interface,
// `announce` says one, `post` sends to the server, `asked` tells what a turn has asked and got.
const homes = new WeakMap();
const homeOf = (element) => homes.get(element.getRootNode());

function write(element, text) {
  element.textContent = homeOf(element).words(text);
}

function announce(text, near) {
  homeOf(near).announce(homeOf(near).words(text));
}

// Share or judge an answer, and show the reply: the answer's address, or why nothing was stored.
async function store(button, event, values) {
  const turn = button.closest(".turn");
  const { say, post, asked } = homeOf(turn);
  const { body, answer } = asked(turn);
  const what = event === "keep" ? "share" : "judge";
  boxOf(turn, what).querySelector(".told").textContent = say("storing");
  let reply;
  try {
    if (what === "share") {
      const response = await post("api/answers", body);
      const { path } = await response.json();
      reply = { path: new URL(path, response.url).href };  // on the server, not on this page's site
    } else {
      const { question, standalone_question, outcome } = answer;
      await post("api/feedback", { question, standalone_question, outcome, ...values });
    }
  } catch (error) {
    reply = { error: `${say("not_stored")} ${error.detail || say(error.kind || "failed")}`.replace(/\.$/, "") };
  }
  if (turn.isConnected) showKept(turn, { what, ...reply });
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

const presses = { ".chip": openSource, ".back": backToAnswer, ".play": play, ".copy": copy, ...sequences, ...keeps };

// What is to be done for a press in this element.
export function join(root, home) {
  homes.set(root, home);
  return (pressed) => {
    const known = Object.keys(presses).find((selector) => pressed.matches(selector));
    if (known) presses[known](pressed);
  };
}
