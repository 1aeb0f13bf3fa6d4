// Tells the page around this frame what happens in it. The server names that page's origin, if it is listed; the
// browser delivers the message to no other. The frame takes no messages.
const chat = document.querySelector("citecast-chat");
const { tell } = chat.dataset;

for (const type of ["citecast:answer", "citecast:citation"]) {
  chat.addEventListener(type, (event) => {
    if (!tell || parent === window) return;
    // With `player=host` the page around plays it.
    if (event.cancelable && chat.getAttribute("player") === "host") event.preventDefault();
    parent.postMessage({ type, detail: event.detail }, tell);
  });
}
