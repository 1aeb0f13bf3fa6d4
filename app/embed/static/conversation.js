// A conversation: questions, their answers as the server draws them, what is said when there is none. `host` is the
// element, `parts` are its fixed parts (shell.js), `say` gives a text of the interface.

// Earlier questions that a follow-up may refer to.
const HISTORY = 6;

// HTML of our server, in the form that a page with Trusted Types wants.
let policy;
function trusted(html) {
  const same = { createHTML: (made) => made };
  policy ??= window.trustedTypes?.createPolicy("citecast", same) ?? same;
  return policy.createHTML(html);
}

class Conversation {
  #history = [];
  // The question under way; null if there is none.
  #pending = null;
  // Of each question: what was sent (`body`), its `moments` as the API gives them, and the whole `answer`.
  #known = new WeakMap();

  constructor(host, parts, lang, say) {
    Object.assign(this, { host, parts, lang, say });
  }

  get busy() {
    return this.#pending !== null;
  }

  // Stop the question under way.
  stop() {
    this.#pending?.control.abort();
  }

  clear() {
    this.stop();
    this.#pending = null;
    this.#history = [];
    this.parts.log.replaceChildren();
    this.parts.status.textContent = "";
    this.#mark();
  }

  // The moment that something in an answer belongs to; undefined if there is none.
  momentOf(element) {
    const number = Number(element.closest("[data-moment]")?.dataset.moment);
    return this.asked(element)?.moments.find((one) => one.id === number);
  }

  // What is known of the question that something belongs to; undefined before the server has found anything.
  asked(element) {
    return this.#known.get(element.closest(".one"));
  }

  async ask(question) {
    const { log, text } = this.parts;
    const one = make("div", { class: "one" }, this.#waiting(question));
    const pending = (this.#pending = { control: new AbortController(), one, drawn: false });
    log.append(one);
    this.#mark();
    log.scrollTo({ top: one.offsetTop, behavior: smooth() });
    if (!hasKeyboard.matches) text.blur();
    this.#tell(this.say("searching"));
    try {
      await this.#listen(pending, question);
    } catch (error) {
      if (one.isConnected) this.#broken(pending, question, error);
    } finally {
      if (this.#pending === pending) this.#pending = null;
      if (one.isConnected) this.#mark();
    }
  }

  async #listen(pending, question) {
    const body = { question, history: this.#history, filters: this.host.filters };
    for await (const events of ask(this.host.server, { ...body, html: true }, pending.control.signal)) {
      if (!pending.one.isConnected) return;
      for (const [name, value] of events) {
        if (name === "error") throw new Fault("broke_off");
        if (name === "waiting") this.#inLine(pending.one, value.place);
        else if (name !== "sentence") this.#know(pending.one, body, value);
      }
      const [name, { display, ...last }] = events.at(-1);
      if (name === "waiting") continue;
      this.#draw(pending, display);
      if (name !== "answer") continue;
      this.#history = [...this.#history, question].slice(-HISTORY);
      this.host.tell("answer", last);
    }
  }

  #know(one, body, answer) {
    this.#known.set(one, { body, answer, moments: [...answer.citations, ...(answer.nearest ?? [])] });
  }

  #draw(pending, { html, sources, status }) {
    const { one } = pending;
    if (pending.drawn) {
      redraw(one.querySelector(".turn"), trusted(html));
    } else {
      one.replaceChildren();
      draw(one, trusted(html));
      pending.drawn = true;
    }
    this.#drawSources(one, sources);
    // The server writes addresses of its own as its chat needs them; here they would be the page's.
    for (const link of one.querySelectorAll("a.read")) link.href = new URL(link.attributes.href.value, this.host.server);
    translate(this.lang, one);
    this.#tell(this.words(status));
  }

  // A text of the server in the language of the interface.
  words(text) {
    return translated(this.lang, text) ?? text;
  }

  // What a model's sentences rest on, below them.
  #drawSources(one, html) {
    let cited = one.querySelector(".cited");
    if (!html) return cited?.remove();
    if (cited) {
      redraw(cited.lastElementChild, trusted(html));
    } else {
      cited = make("details", { class: "cited" }, make("summary"));
      draw(cited, trusted(html));
      one.append(cited);
    }
    cited.firstElementChild.textContent = this.say("sources", cited.querySelectorAll(".source").length);
  }

  // The question, until the server's first words arrive.
  #waiting(question) {
    const asked = make("h2", {}, make("span", { class: "sr" }, this.say("you_asked")), question);
    const dots = make("span", { class: "dots", "aria-hidden": "true" }, make("i"), make("i"), make("i"));
    return make(
      "article", { class: "turn", "data-state": "pending", "aria-busy": "true" },
      make("div", { class: "question" }, asked),
      make("div", { class: "pending" }, dots, make("p", {}, this.say("searching"))),
    );
  }

  // Others are served first; at place 0 the search begins.
  #inLine(one, place) {
    const said = place ? this.say("in_line", place) : this.say("searching");
    const shown = one.querySelector(".pending p");
    if (shown) shown.textContent = said;
    this.#tell(said);
  }

  // Stopped by the visitor, or failed: what is there stays, with a message below.
  #broken(pending, question, error) {
    const turn = pending.one.querySelector(".turn");
    for (const part of turn.querySelectorAll(".pending, .reading")) part.remove();
    turn.removeAttribute("aria-busy");
    const stopped = pending.control.signal.aborted;
    if (!stopped && !(error instanceof Fault)) console.error(error);
    const { kind = "failed", detail, wait } = stopped ? { kind: "stopped" } : error;
    turn.dataset.state = stopped ? "stopped" : "failed";
    const said = [detail || this.say(kind), wait ? this.say("wait", wait) : ""].filter(Boolean).join(" ");
    const message = make("div", { class: `message ${turn.dataset.state}` }, make("p", {}, said));
    if (!["stopped", "unaskable", "refused"].includes(kind)) message.append(this.#again(pending.one, question, wait));
    turn.append(message);
    this.#tell(said);
  }

  #again(one, question, wait = 0) {
    const again = button("again", this.say("again"), { disabled: wait > 0 });
    setTimeout(() => { again.disabled = false; }, wait * 1000);
    again.addEventListener("click", () => {
      if (this.busy) return;
      one.remove();
      this.host.ask(question);
    });
    return again;
  }

  // Progress of the last question, for screen readers; the same status is not repeated.
  #tell(text) {
    if (this.parts.status.textContent !== text) this.parts.status.textContent = text;
  }

  // What can be pressed depends on whether a question is under way, and whether there is any.
  #mark() {
    const { body, log, send, stop, clear } = this.parts;
    body.classList.toggle("started", log.childElementCount > 0);
    send.hidden = this.busy;
    stop.hidden = !this.busy;
    clear.hidden = !log.childElementCount;
  }
}
