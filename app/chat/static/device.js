// What a visitor's device asks for. Stands before the scripts of the page.

const calm = matchMedia("(prefers-reduced-motion: reduce)");
const smooth = () => (calm.matches ? "auto" : "smooth");
// On a phone focus in a text box would raise the keyboard over what comes.
const hasKeyboard = matchMedia("(hover: hover) and (pointer: fine)");
