// Filters, sorts and opens questions, by the cards' data- attributes.
"use strict";
(() => {
  const form = document.getElementById("tools");
  if (!form) return;
  const field = (name) => document.getElementById("f-" + name);
  const list = document.getElementById("list");
  const cards = [...list.querySelectorAll(":scope > details.question")];
  const texts = new Map(cards.map((card) => [card, card.textContent.toLowerCase()]));

  const fits = (card, words) => {
    const { suite, type, verdict, wrong } = card.dataset;
    const wanted = field("verdict").value;
    return (
      (!field("suite").value || field("suite").value === suite) &&
      (!field("type").value || field("type").value === type) &&
      (!wanted || (wanted === "wrong" ? wrong === "1" : wanted === verdict)) &&
      words.every((word) => texts.get(card).includes(word))
    );
  };

  const filter = () => {
    const words = field("text").value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const card of cards) {
      card.hidden = !fits(card, words);
      shown += card.hidden ? 0 : 1;
    }
    document.getElementById("count").textContent =
      shown === cards.length ? `${shown} questions` : `${shown} of ${cards.length} questions`;
    document.getElementById("none").hidden = shown > 0;
  };

  // Cards without the value go to the end, in both directions.
  const order = () => {
    const key = field("sort").value;
    const [name, sign] = key.startsWith("-") ? [key.slice(1), -1] : [key, 1];
    const value = (card) => (card.dataset[name] === "" ? Infinity : sign * Number(card.dataset[name]));
    const compare = (a, b) => (a === b ? 0 : a < b ? -1 : 1);
    cards.sort((a, b) => compare(value(a), value(b)) || a.dataset.place - b.dataset.place);
    list.append(...cards);
  };

  // A link to a question, or to a source in one, opens it, also if it is filtered out.
  const follow = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const card = target && target.closest("details.question");
    if (!card) return;
    card.hidden = false;
    card.open = true;
    target.scrollIntoView();
  };

  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", (event) => (event.target.id === "f-sort" ? order() : filter()));
  form.addEventListener("reset", () => setTimeout(() => (order(), filter())));
  document.getElementById("open").addEventListener("click", () => {
    for (const card of cards) card.open = card.open || !card.hidden;
  });
  document.getElementById("close").addEventListener("click", () => {
    for (const card of cards) card.open = false;
  });
  window.addEventListener("hashchange", follow);
  // A browser keeps the fields' values over a reload.
  order();
  filter();
  follow();
})();
