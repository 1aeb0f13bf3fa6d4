// The element <citecast-chat>: a conversation with the archive, in the page or in a panel that a button opens. Answers
// come as the chat's own HTML from the server, which has escaped it. Nothing is loaded before the visitor asks, opens
// the panel or wants to see examples; nothing is stored here. What can be done with an answer (answer.js) is loaded with the
// first question. docs/embed.md has attributes, events and methods.

const SCRIPT = document.currentScript?.src || document.querySelector('script[src*="embed.js"]')?.src || location.href;
const FILTERS = { episode: "episodes", guest: "guests", topic: "topics" };
const SHEET = new CSSStyleSheet();
SHEET.replaceSync(STYLE);
const phone = matchMedia("(max-width: 600px)");

class CitecastChat extends HTMLElement {
  static observedAttributes = ["accent", "accent-dark", "lang", "mode", "heading", "questions", ...Object.keys(FILTERS)];

  #root = this.attachShadow({ mode: "open" });
  #tint = new CSSStyleSheet();
  #parts = null;
  #talk = null;
  #say = null;
  // What is to be done for a press in an answer; a promise.
  #pressing = null;

  connectedCallback() {
    this.#root.adoptedStyleSheets = [SHEET, this.#tint];
    // A page may move the element; the conversation stays.
    if (!this.#parts) this.#build();
  }

  disconnectedCallback() {
    this.#talk.stop();
  }

  // Other words or another preset begin a new conversation.
  attributeChangedCallback(name, before, after) {
    if (!this.#parts || before === after) return;
    if (name.startsWith("accent")) this.#paint();
    else this.#build();
  }

  // The server's address: where this script comes from, or what the attribute says.
  get server() {
    return new URL(this.getAttribute("server") || ".", SCRIPT).href.replace(/\/?$/, "/");
  }

  // What the attributes narrow the search to.
  get filters() {
    const given = Object.entries(FILTERS).filter(([name]) => this.getAttribute(name));
    return Object.fromEntries(given.map(([name, field]) => [field, [this.getAttribute(name)]]));
  }

  // Ask a question as if the visitor had typed it; false if it is empty, or another one is under way.
  ask(question) {
    const text = String(question).trim();
    if (!text) this.#announce(this.#say("empty"));
    if (!text || this.#talk.busy) return false;
    this.show();
    this.#talk.ask(text.slice(0, 2000));
    this.#load();
    return true;
  }

  // Open the panel of `mode="button"`.
  show() {
    const { dialog, launch, text, close, more } = this.#parts;
    if (!dialog || dialog.open) return;
    if (phone.matches) dialog.showModal();
    else dialog.show();
    launch.setAttribute("aria-expanded", "true");
    (hasKeyboard.matches ? text : close).focus();
    if (!more.hidden) this.#showExamples();
  }

  // Close the panel; the conversation stays.
  hide() {
    this.#parts.dialog?.close();
  }

  // Dispatch an event of ours; false if the page has prevented what follows.
  tell(name, detail, cancelable = false) {
    return this.dispatchEvent(new CustomEvent(`citecast:${name}`, { bubbles: true, composed: true, cancelable, detail }));
  }

  #build() {
    this.#talk?.stop();
    const lang = language(this.getAttribute("lang"), document.documentElement.lang);
    this.#say = (key, n) => words(lang, key, n);
    const preset = Object.keys(FILTERS).find((name) => this.getAttribute(name));
    const questions = (this.getAttribute("questions") ?? "").split("|").map((one) => one.trim()).filter(Boolean);
    this.#parts = shell(this.#say, {
      heading: this.getAttribute("heading") || this.#say(preset ? `heading_${preset}` : "heading", this.getAttribute(preset)),
      placeholder: this.getAttribute("placeholder") || this.#say("placeholder"),
      panel: this.getAttribute("mode") === "button",
      // The server's examples are about the whole archive.
      more: !preset && !this.hasAttribute("questions"),
    });
    this.#talk = new Conversation(this, this.#parts, lang, this.#say);
    this.#offer(questions);
    this.#paint();
    this.#wire();
    const { launch, dialog, body } = this.#parts;
    this.#root.replaceChildren(...(dialog ? [launch, dialog] : [body]));
  }

  // The accent of the attributes; in the dark a lighter one, unless it is given.
  #paint() {
    const known = (name) => (CSS.supports("color", this.getAttribute(name) ?? "") ? this.getAttribute(name) : "");
    const accent = known("accent");
    const dark = known("accent-dark") || `color-mix(in oklab, ${accent} 55%, white)`;
    const colors = `--citecast-accent: light-dark(${accent}, ${dark})`;
    const ink = `--citecast-accent-ink: light-dark(${inkOn(accent)}, ${inkOn(dark)})`;
    this.#tint.replaceSync(accent ? `:host { ${colors}; ${ink}; }` : "");
  }

  #wire() {
    const { form, text, stop, clear, close, more, launch, dialog, body } = this.#parts;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.ask(text.value)) text.value = "";
    });
    text.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      form.requestSubmit();
    });
    stop.addEventListener("click", () => this.#talk.stop());
    clear.addEventListener("click", () => this.#clear());
    more.addEventListener("click", () => this.#showExamples());
    close.addEventListener("click", () => this.hide());
    body.addEventListener("click", (event) => this.#press(event));
    // A moment is about to be played here.
    body.addEventListener("moment", (event) => { if (!this.#cite(event.target)) event.preventDefault(); });
    launch?.addEventListener("click", () => (dialog.open ? this.hide() : this.show()));
    dialog?.addEventListener("close", () => {
      launch.setAttribute("aria-expanded", "false");
      launch.focus();
    });
    dialog?.addEventListener("keydown", (event) => { if (event.key === "Escape") this.hide(); });
  }

  async #showExamples() {
    const { more, text, examples } = this.#parts;
    const pressed = this.#root.activeElement === more;
    more.hidden = true;
    const response = await fetch(new URL("api/examples", this.server)).catch(() => null);
    const { questions = [] } = response?.ok ? await response.json() : {};
    this.#offer(questions);
    if (!pressed) return;
    (examples.querySelector("button") || text).focus();
    if (!questions.length) this.#announce(this.#say("no_examples"));
  }

  #offer(questions) {
    const offered = questions.map((one) => button("example", one, { "data-question": one, lang: "en" }));
    this.#parts.examples.replaceChildren(...offered.map((one) => make("li", {}, one)));
  }

  #clear() {
    this.#talk.clear();
    this.#announce(this.#say("cleared"));
    this.#parts.text.focus();
  }

  #announce(text) {
    const { say } = this.#parts;
    say.textContent = "";
    // A status that is set to the same text is not read out again.
    requestAnimationFrame(() => { say.textContent = text; });
    setTimeout(() => { if (say.textContent === text) say.textContent = ""; }, 6000);
  }

  #press(event) {
    const pressed = event.target.closest("button, a");
    const is = (selector) => pressed?.matches(selector);
    if (is(".example")) this.ask(pressed.dataset.question);
    else if (is(".one button:not(.again)")) this.#do(pressed);
    const plain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
    if (is("a.time, a.open") && plain && !this.#cite(pressed)) event.preventDefault();
  }

  async #do(pressed) {
    const press = await this.#load();
    if (press) press(pressed);
    else this.#announce(this.#say("failed"));
  }

  // Load answer.js, once; null if it cannot be.
  #load() {
    this.#pressing ??= import(new URL("embed-answer.js", this.server)).then(({ join }) => join(this.#root, {
      say: (key) => this.#say(key),
      words: (text) => this.#talk.words(text),
      announce: (text) => this.#announce(text),
      post: (path, body) => post(this.server, path, body),
      asked: (turn) => this.#talk.asked(turn),
    })).catch((error) => {
      console.warn(`citecast: ${error.message}; does this page's policy allow scripts from ${this.server}?`);
      this.#pressing = null;
      return null;
    });
    return this.#pressing;
  }

  // Tell the page that the visitor wants to hear a moment; false if the page plays it itself.
  #cite(pressed) {
    const moment = this.#talk.momentOf(pressed);
    return !moment || this.tell("citation", moment, true);
  }
}

// Black or white, whichever is easier to read on a colour.
function inkOn(color) {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  canvas.fillStyle = color;
  canvas.fillRect(0, 0, 1, 1);
  const [red, green, blue] = [...canvas.getImageData(0, 0, 1, 1).data].map((one) => (one / 255) ** 2.2);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.18 ? "#111" : "#fff";
}

// Where a browser lacks what is needed, the element's own content stays: a link.
const able = CSS.supports("color", "light-dark(red, red)") && AbortSignal.any;
if (able && !customElements.get("citecast-chat")) customElements.define("citecast-chat", CitecastChat);
