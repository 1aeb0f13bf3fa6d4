// Makes the element that plays a moment, from the data of its button. Used by the chat, by the pages of shared answers
// and by the element for other sites.

function audio({ embed, title }) {
  const element = document.createElement("audio");
  element.controls = element.autoplay = true;
  element.setAttribute("aria-label", title);
  element.src = embed;
  return element;
}

function frame({ embed, title }) {
  const element = document.createElement("iframe");
  element.title = title;
  element.allow = "autoplay; encrypted-media; fullscreen; picture-in-picture";
  // Some services refuse to play for a page that sends no referrer.
  element.referrerPolicy = "strict-origin-when-cross-origin";
  // It may run its own scripts under its own origin and open links, but not navigate this page.
  element.setAttribute("sandbox", "allow-scripts allow-same-origin allow-presentation allow-popups allow-popups-to-escape-sandbox");
  element.src = embed;
  return element;
}

// The one that the button names.
function recording(data) {
  return data.plays === "audio" ? audio(data) : frame(data);
}
