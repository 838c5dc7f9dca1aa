// @ts-check
// A dialog. The browser keeps the focus in it and gives it back.

import { html, useEffect, useId, useRef, useState } from "../lib/view.js";
import { useAct } from "../lib/load.js";
import { Alert } from "./form.js";

/** @param {any} props */
export function Dialog({ title, onClose, large = false, children }) {
  const box = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const id = useId();
  useEffect(() => {
    const before = document.activeElement;
    box.current?.showModal();
    const giveBack = () => {
      if (before instanceof HTMLElement && document.activeElement?.contains(before)) before.focus();
    };
    // What lies behind takes the focus only once the dialog is gone, unless that has gone elsewhere by then.
    return () => { setTimeout(giveBack); };
  }, []);
  const outside = (/** @type {MouseEvent} */ event) => { if (event.target === box.current) onClose(); };
  return html`
    <dialog ref=${box} class=${large ? "large" : undefined} aria-labelledby=${id} onClose=${onClose} onMouseDown=${outside}
      onCancel=${(/** @type {Event} */ event) => { event.preventDefault(); onClose(); }}>
      <header><h2 id=${id}>${title}</h2>
        <button type="button" class="quiet small" aria-label="Close" onClick=${onClose}>✕</button></header>
      <div class="body">${children}</div>
    </dialog>`;
}

/** The ways out of a dialog: nothing is done, or what stands in it. @param {any} props */
export function Foot({ onClose, children }) {
  return html`<div class="foot"><button type="button" class="button" onClick=${onClose}>Leave it</button>${children}</div>`;
}

/**
 * Asks before something that can't be undone.
 * @param {{ title: string, word: string, danger?: boolean, onYes: () => Promise<any>, onClose: () => void, children?: any }} props
 */
export function Confirm({ title, word, danger = true, onYes, onClose, children }) {
  const { run, busy, error } = useAct(async () => {
    await onYes();
    onClose();
  });
  return html`
    <${Dialog} title=${title} onClose=${onClose}>
      <div class="form">
        <div>${children}</div>
        <${Alert} error=${error} />
        <${Foot} onClose=${onClose}><button type="button" class=${`button main${danger ? " danger" : ""}`} disabled=${busy} onClick=${run}>${word}</button><//>
      </div>
    <//>`;
}

/**
 * Holds which dialog is open: `open("name", subject)` shows what `dialogs.name(subject, close)` gives.
 * @param {Record<string, (subject: any, close: () => void) => any>} dialogs
 */
export function useDialogs(dialogs) {
  const [shown, setShown] = useState(/** @type {{ name: string, subject: any } | null} */ (null));
  const close = () => setShown(null);
  return {
    open: (/** @type {string} */ name, /** @type {any} */ subject = undefined) => setShown({ name, subject }),
    dialog: shown && dialogs[shown.name]?.(shown.subject, close),
  };
}
