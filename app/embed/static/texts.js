// The words of the interface, from one table (TEXTS: texts.json), and those of answers, which the server writes in
// English: its labels are in `shown`, its sentences with numbers or names in `patterns`. What guests say, titles and
// the archive's own replies stay English.

const LANGUAGES = Object.keys(TEXTS);

function language(...wanted) {
  const short = wanted.filter(Boolean).map((one) => one.toLowerCase().split("-")[0]);
  return short.find((one) => LANGUAGES.includes(one)) || "en";
}

// A text of the interface; `{n}` stands for the value.
function words(lang, key, n = "") {
  return (TEXTS[lang][key] ?? TEXTS.en[key]).replace("{n}", n);
}

// A text of the server in the language, or null if it stays.
function translated(lang, text) {
  const { shown = {}, patterns = [] } = TEXTS[lang];
  if (shown[text]) return shown[text];
  for (const [pattern, made] of patterns) {
    const whole = new RegExp(`^${pattern}$`);
    if (whole.test(text)) return text.replace(whole, made).replace(/\d+ [A-Z]\w+ \d{4}$/, (day) => dated(lang, day));
  }
  return null;
}

function dated(lang, day) {
  return new Date(`${day} UTC`).toLocaleDateString(lang, { dateStyle: "long", timeZone: "UTC" });
}

// Elements whose own text the server wrote.
const LABELS = ".label, .play, .read, .also, .refused, .refusal > p, .rest > summary, .hint, .in, .by, .understood, .narrowed,"
  + " .copy, .sr, h3, .unused, .open, .no-recording, .pending p, .slow, dt, .facts dd, .copy-box label,"
  + " .share, .play-sequence, .sequence-actions button, .keep-box :is(p, li, label, button)";

function translate(lang, root) {
  if (!TEXTS[lang].shown) return;
  for (const label of root.querySelectorAll(LABELS)) {
    for (const node of [...label.childNodes].filter((one) => one.nodeType === 3)) {
      const made = translated(lang, node.data.trim());
      if (made === null) continue;
      const [before, after] = [node.data.match(/^\s*/)[0], node.data.match(/\s*$/)[0]];
      node.data = before + made + after;
      if (!label.childElementCount) label.lang = lang;
    }
  }
  for (const named of root.querySelectorAll("[title], .chip, .moment, .notes, .said-by, .keep-box, .sequence-list")) {
    for (const name of ["title", "aria-label"]) {
      const made = translated(lang, named.getAttribute(name) || "");
      if (made !== null) named.setAttribute(name, made);
    }
  }
}
