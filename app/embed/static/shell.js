// Makes the fixed parts of the element: the button that opens the panel, the conversation, the box for a question.

function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

function button(className, text, more = {}) {
  return make("button", { type: "button", class: className, ...more }, text);
}

// All parts by name; `say` gives a text, `options` are `heading`, `placeholder`, `panel` and `more` (examples on demand).
function shell(say, { heading, placeholder, panel, more }) {
  const parts = {
    log: make("div", { class: "log", role: "log", "aria-live": "off", "aria-label": say("conversation"), tabindex: "0" }),
    status: make("p", { class: "sr status", role: "status" }),
    say: make("p", { class: "say", role: "status" }),
    examples: make("ul", { class: "examples", "aria-label": say("examples") }),
    more: button("quiet more", say("show_examples"), { hidden: !more }),
    text: make("textarea", {
      id: "text", rows: "1", maxlength: "2000", placeholder, autocomplete: "off", enterkeyhint: "send",
    }),
    send: make("button", { class: "send" }, say("ask")),
    stop: button("stop", say("stop"), { hidden: true }),
    clear: button("quiet clear", say("clear"), { hidden: true }),
    close: button("quiet close", "×", { "aria-label": say("close"), hidden: !panel }),
  };
  parts.form = make("form", {}, make("label", { class: "sr", for: "text" }, say("question")), parts.text, parts.send, parts.stop);
  parts.body = make(
    "section", { class: "shell", "aria-labelledby": "heading" },
    make("header", {}, make("h2", { id: "heading" }, heading), parts.close),
    make("p", { class: "intro" }, say("intro")),
    parts.log, parts.status,
    make("div", { class: "start" }, parts.more, parts.examples),
    parts.say, parts.form,
    make("footer", {}, make("p", { class: "small" }, say("small")), parts.clear),
  );
  if (panel) {
    parts.launch = button("launch", heading, { "aria-haspopup": "dialog", "aria-expanded": "false" });
    parts.dialog = make("dialog", { "aria-labelledby": "heading" }, parts.body);
  }
  return parts;
}
