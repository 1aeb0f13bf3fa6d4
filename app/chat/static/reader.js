// Opens a transcript beside the answer ("Read on in the transcript"): at the side of a wide window, over a narrow one.
// The page is our own (app/transcript) and is loaded only then. Without this script the link opens it in a new tab.
// Escape or the button closes it, and the focus returns to the link.

// Wide enough for the answer and the transcript side by side.
const beside = matchMedia("(min-width: 1000px)");
let readFrom = null;

function toReader(link) {
  const address = new URL(link.href);
  const theme = document.documentElement.dataset.theme;
  if (theme) address.searchParams.set("theme", theme);
  return address.href;
}

function makeReader() {
  const made = document.createElement("dialog");
  made.className = "reader";
  made.setAttribute("aria-label", "Transcript");
  const bar = document.createElement("div");
  bar.className = "reader-bar";
  const close = document.createElement("button");
  Object.assign(close, { type: "button", className: "quiet reader-close", textContent: "Close the transcript" });
  close.addEventListener("click", closeReader);
  const own = document.createElement("a");
  Object.assign(own, { className: "reader-own", target: "_blank", rel: "noopener", textContent: "Open in a new tab" });
  bar.append(close, own);
  made.append(bar);
  // Escape, where the browser closes the dialog by itself.
  made.addEventListener("close", () => { if (!made.open) tidyReader(made); });
  inPage(".gradio-container").append(made);
  return made;
}

function openReader(link) {
  const reader = inPage(".reader") || makeReader();
  if (reader.open) reader.close();
  const frame = document.createElement("iframe");
  frame.title = `Transcript of ${link.dataset.title}`;
  frame.src = toReader(link);
  frame.addEventListener("load", () => {
    // Key presses in the frame do not reach this page. It is of this origin, unless the server could not be reached.
    frame.contentDocument?.addEventListener("keydown", escapeReader);
    if (reader.contains(document.activeElement)) frame.focus();
  });
  reader.querySelector("iframe")?.remove();
  reader.append(frame);
  reader.querySelector(".reader-own").href = link.href;
  body.dataset.reading = "true";
  if (beside.matches) reader.show();
  else reader.showModal();
  reader.querySelector(".reader-close").focus();
  if (beside.matches) link.scrollIntoView({ block: "nearest" });
  readFrom = link;
}

function closeReader() {
  const reader = inPage(".reader");
  reader.close();
  tidyReader(reader);
}

// Its event comes later than the closing, so this may already have been done.
function tidyReader(reader) {
  if (!body.dataset.reading) return;
  reader.querySelector("iframe")?.remove();
  delete body.dataset.reading;
  const back = readFrom?.isConnected && readFrom.checkVisibility() ? readFrom : textBox();
  readFrom = null;
  back?.focus();
}

function escapeReader(event) {
  if (event.key === "Escape" && inPage(".reader")?.open) closeReader();
}

document.addEventListener("keydown", escapeReader);
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a.read");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  openReader(link);
});
