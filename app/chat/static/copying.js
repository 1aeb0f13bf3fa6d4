// Copies an answer, in the form that its button names, or the text of a field. The page has `announce` and `write`.

// Copy a field's text; false if the browser does not allow it (no permission, or no secure connection). Then the text is
// selected, to be copied by hand.
async function copied(field) {
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch {
    const box = field.closest(".copy-box");
    if (box) box.hidden = false;
    field.focus();
    field.select();
    return false;
  }
}

const BY_HAND = "Press Ctrl+C or ⌘C to copy.";

async function copy(button) {
  const { form, said } = button.dataset;
  const done = await copied(button.closest(".turn").querySelector(`.copy-box[data-form="${form}"] textarea`));
  announce(done ? said : BY_HAND, button);
  if (!done) return;
  button.dataset.label ??= button.textContent;
  write(button, "Copied");
  setTimeout(() => { button.textContent = button.dataset.label; }, 2000);
}
