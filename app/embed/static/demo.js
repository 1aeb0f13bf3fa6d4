// What a site's own script may do: here its player would move to the moment, so ours stays closed.
const told = document.querySelector("#told");
const moved = document.querySelector("#moved");

function clock(seconds) {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  return [hours, minutes, Math.floor(seconds % 60)].map((one) => String(one).padStart(2, "0")).join(":");
}

function tell({ type, detail }) {
  const moments = [...(detail.citations ?? []), ...(detail.nearest ?? [])];
  if (type === "citecast:answer") told.textContent = `“${detail.question}”: ${detail.outcome}, ${moments.length} moments`;
  if (type === "citecast:citation") moved.textContent = `${detail.speaker} in ${detail.title} at ${clock(detail.start)}`;
}

document.addEventListener("citecast:answer", tell);
document.addEventListener("citecast:citation", (event) => {
  tell(event);
  if (document.querySelector("#own").checked) event.preventDefault();
});

// The frame's messages have the same form.
const frame = document.querySelector("iframe");
addEventListener("message", ({ data, origin, source }) => {
  if (source === frame.contentWindow && origin === new URL(frame.src).origin) tell(data);
});
