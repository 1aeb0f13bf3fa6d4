// Keeps a reader's labels in this browser, counts, exports and imports them. A label has the shape of an exported line;
// an answer that several systems gave has one for each.
"use strict";
(() => {
  const one = (id) => document.getElementById(id);
  const cards = [...document.querySelectorAll("article.answer")];
  const shelf = "citecast-read-" + one("answers").dataset.page;
  const reader = one("reader");
  const say = (words) => (one("said").textContent = words);
  const nothing = { answers: null, clear: null, wrong_citation: null, note: "" };

  // ---- a label, from the form of an answer and back ----

  const radios = (card, name) => [...card.querySelectorAll(`input[name="${name}"]`)];
  const note = (card) => card.querySelector("textarea");
  const chosen = (card, name) => radios(card, name).find((radio) => radio.checked)?.value ?? null;
  const said = (value) => value && value === "yes";
  const yesNo = (value) => ({ true: "yes", false: "no" })[value] ?? "";
  const named = ({ run, suite, id }) => JSON.stringify([run, suite, id]);
  const runsOf = (card) => card.dataset.runs.split(" ");
  const places = new Map(cards.flatMap((card) => runsOf(card).map((run) => [named({ ...card.dataset, run }), card])));

  const labelOf = (card, run = null) => {
    const grade = chosen(card, "answers");
    return {
      run,
      suite: card.dataset.suite,
      id: card.dataset.id,
      answers: grade && Number(grade),
      clear: said(chosen(card, "clear")),
      wrong_citation: said(chosen(card, "wrong_citation")),
      note: note(card).value.trim(),
      reader: reader.value.trim(),
    };
  };

  const put = (card, label) => {
    const check = (name, value) => radios(card, name).forEach((radio) => (radio.checked = radio.value === value));
    check("answers", String(label.answers));
    check("clear", yesNo(label.clear));
    check("wrong_citation", yesNo(label.wrong_citation));
    note(card).value = label.note;
  };

  const verdicts = (label) => JSON.stringify(Object.keys(nothing).map((name) => label[name]));
  const touched = (label) => verdicts(label) !== verdicts(nothing);
  const allLabels = () => cards.flatMap((card) => runsOf(card).map((run) => labelOf(card, run))).filter(touched);
  const labelled = (card) =>
    ["answers", "clear", "wrong_citation"].every((name) => !radios(card, name).length || chosen(card, name) !== null);

  // ---- kept in the browser ----

  const count = () => {
    const done = cards.filter(labelled);
    one("count").textContent = `${done.length} of ${cards.length} labelled`;
    one("progress").value = done.length;
    for (const card of cards) card.querySelector(".done").hidden = !done.includes(card);
  };

  const keep = () => {
    say("");
    count();
    try {
      localStorage.setItem(shelf, JSON.stringify({ reader: reader.value, labels: allLabels() }));
    } catch {
      one("unkept").hidden = false;
    }
  };

  const restore = () => {
    try {
      const kept = JSON.parse(localStorage.getItem(shelf) ?? "null");
      if (kept) {
        reader.value = kept.reader;
        const labels = new Map(kept.labels.map((label) => [named(label), label]));
        for (const [name, card] of places) put(card, labels.get(name) ?? nothing);
      }
    } catch {
      one("unkept").hidden = false;
    }
    count();
  };

  // ---- export and import ----

  const download = () => {
    if (!reader.value.trim()) {
      say("Write your name or initials first: each exported label holds it.");
      reader.focus();
      return;
    }
    const labels = allLabels();
    const file = new Blob(labels.map((label) => JSON.stringify(label) + "\n"), { type: "application/x-ndjson" });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(file);
    link.download = `labels-${reader.value.trim().replace(/[^\p{L}\p{N}]+/gu, "-")}.jsonl`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    say(`Exported labels: ${labels.length}.`);
  };

  const isLabel = (label) =>
    [label?.run, label?.suite, label?.id, label?.note, label?.reader].every((text) => typeof text === "string") &&
    [0, 1, 2, null].includes(label.answers) &&
    [label.clear, label.wrong_citation].every((value) => [true, false, null].includes(value));

  // The labels of a file's lines; throws an error that names file and line.
  const parsed = (name, text) => {
    const labels = [];
    text.split("\n").forEach((line, place) => {
      if (!line.trim()) return;
      let label = null;
      try {
        label = JSON.parse(line);
      } catch {
        label = null;
      }
      if (!isLabel(label)) throw new Error(`${name}:${place + 1}: this line is no label; nothing was imported.`);
      labels.push(label);
    });
    const readers = new Set([reader.value.trim(), ...labels.map((label) => label.reader)].filter(Boolean));
    if (readers.size > 1) {
      throw new Error(`${name}: labels of another reader (${[...readers].join(", ")}); nothing was imported.`);
    }
    return labels;
  };

  // A label that is already on the page stays.
  const take = (labels) => {
    const counts = { taken: 0, other: 0, elsewhere: 0 };
    for (const label of labels) {
      const card = places.get(named(label));
      const here = card && labelOf(card);
      if (!card) counts.elsewhere += 1;
      else if (!touched(here)) put(card, label), (counts.taken += 1);
      else if (verdicts(here) !== verdicts(label)) counts.other += 1;
    }
    reader.value = labels[0]?.reader ?? reader.value;
    keep();
    say(
      `Imported labels: ${counts.taken}.` +
        (counts.other ? ` Labelled here in another way, and left so: ${counts.other}.` : "") +
        (counts.elsewhere ? ` Of answers that are not on this page: ${counts.elsewhere}.` : ""),
    );
  };

  const upload = async (field) => {
    const [file] = field.files;
    if (!file) return;
    try {
      take(parsed(file.name, await file.text()));
    } catch (error) {
      say(error.message);
    }
    field.value = "";
  };

  // ---- keys ----

  const go = (card) => {
    if (!card) return;
    const first = !card.previousElementSibling.matches("article");
    card.focus({ preventScroll: true });
    // The question stays in sight.
    (first ? card.parentElement : card).scrollIntoView({ block: "start" });
  };

  const next = () => {
    const from = cards.indexOf(document.activeElement.closest("article.answer")) + 1;
    const open = [...cards.slice(from), ...cards.slice(0, from)].find((card) => !labelled(card));
    say(open ? "" : "All answers are labelled: export them.");
    go(open);
  };

  // Keys act only while the focus is inside an answer, so that they disturb no other use of the keyboard.
  const press = (event) => {
    const card = event.target.closest?.("article.answer");
    if (!card || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target === note(card)) {
      if (event.key === "Escape") card.focus();
      return;
    }
    const step = { j: 1, k: -1 }[event.key];
    const radio = [...card.querySelectorAll("input")].find((input) => input.dataset.key === event.key);
    if (step) go(cards[cards.indexOf(card) + step]);
    else if (event.key === "m") note(card).focus();
    else if (radio) (radio.checked = true), keep();
    else return;
    event.preventDefault();
  };

  document.documentElement.classList.add("live");
  document.addEventListener("keydown", press);
  document.addEventListener("submit", (event) => event.preventDefault());
  document.addEventListener("input", (event) => event.target.id !== "import" && keep());
  // "Clear the choices" keeps the note, which took longer to write.
  document.addEventListener("reset", (event) => {
    event.preventDefault();
    for (const radio of event.target.querySelectorAll("input")) radio.checked = false;
    keep();
  });
  one("next").addEventListener("click", next);
  one("export").addEventListener("click", download);
  one("import").addEventListener("change", (event) => upload(event.target));
  // The same page in another tab.
  window.addEventListener("storage", (event) => event.key === shelf && restore());
  restore();
})();
