// @ts-check
// Short notices of what was done. They go by themselves; those of failures wait to be closed.

import { store, useStore } from "../lib/store.js";
import { html } from "../lib/view.js";

/** @type {import("../lib/store.js").Store<{ id: number, text: string, bad: boolean }[]>} */
const toasts = store(/** @type {any[]} */ ([]));
let last = 0;

/** @param {string} text @param {{ bad?: boolean }} [how] */
export function say(text, { bad = false } = {}) {
  const id = ++last;
  toasts.set([...toasts.get().slice(-2), { id, text, bad }]);
  if (!bad) setTimeout(() => close(id), 5_000);
}

/** @param {unknown} error */
export function sayProblem(error) {
  say(error instanceof Error ? error.message : String(error), { bad: true });
}

/**
 * The same, but what goes wrong is said.
 * @param {(...given: any[]) => Promise<any>} act
 */
export const guarded = (act) => async (/** @type {any[]} */ ...given) => {
  try {
    await act(...given);
  } catch (error) {
    sayProblem(error);
  }
};

/** @param {number} id */
function close(id) {
  toasts.set(toasts.get().filter((toast) => toast.id !== id));
}

export function Toasts() {
  const shown = useStore(toasts);
  return html`
    <div class="toasts" role="status" aria-live="polite">
      ${shown.map(({ id, text, bad }) => html`
        <div key=${id} class=${`toast${bad ? " bad" : ""}`}><span>${text}</span>
          <button type="button" class="quiet small" aria-label="Close this notice" onClick=${() => close(id)}>✕</button></div>`)}
    </div>`;
}
