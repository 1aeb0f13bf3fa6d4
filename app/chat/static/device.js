// What depends on a visitor's device. Runs before the scripts of the page.

const calm = matchMedia("(prefers-reduced-motion: reduce)");
const smooth = () => (calm.matches ? "auto" : "smooth");
// On a phone, focus in a text box would open the keyboard over the result.
const hasKeyboard = matchMedia("(hover: hover) and (pointer: fine)");
