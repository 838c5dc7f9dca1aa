// @ts-check
// A button that copies, and says that it did.

import { copy } from "../lib/clipboard.js";
import { html, useState } from "../lib/view.js";

/** @param {{ text: string, word?: string, kind?: string }} props */
export function Copy({ text, word = "Copy", kind = "button small" }) {
  const [done, setDone] = useState(false);
  const run = async () => {
    await copy(text);
    setDone(true);
    setTimeout(() => setDone(false), 1_500);
  };
  return html`<button type="button" class=${kind} onClick=${run}>${done ? "Copied" : word}</button>`;
}

/**
 * An id that can be copied; its end is shown, as ids that are made together begin alike.
 * @param {{ id: string, whole?: boolean }} props
 */
export function CopyId({ id, whole = false }) {
  return html`<span class="nowrap"><code title=${id}>${whole ? id : `…${id.slice(-8)}`}</code> <${Copy} text=${id} kind="quiet small" /></span>`;
}
