// The page of a shared answer: opens sources and plays recordings. device.js, recording.js,
// moments.js and sequence.js run before it.

const dark = matchMedia("(prefers-color-scheme: dark)");
const applyTheme = () => { document.documentElement.dataset.theme = dark.matches ? "dark" : "light"; };
dark.addEventListener("change", applyTheme);
applyTheme();

const clicks = { ".chip": openSource, ".play": play, ...sequences };
document.addEventListener("click", (event) => {
  for (const [selector, act] of Object.entries(clicks)) {
    const button = event.target.closest?.(selector);
    if (button) return act(button);
  }
});
