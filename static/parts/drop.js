// @ts-check
// A sheet that drops from a button. Escape and a click elsewhere close it; arrows walk its items.

import { html, useEffect, useRef, useState } from "../lib/view.js";

/** @param {any} props */
export function Drop({ label, name, children, left = false, kind = "quiet" }) {
  const [open, setOpen] = useState(false);
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const button = () => /** @type {HTMLElement | null} */ (box.current?.querySelector("button") ?? null);
  const items = () => /** @type {HTMLElement[]} */ ([...(box.current?.querySelectorAll(".sheet input, .sheet .item") ?? [])]);

  useEffect(() => {
    if (!open) return undefined;
    const elsewhere = (/** @type {Event} */ event) => {
      if (event.target instanceof Node && !box.current?.contains(event.target)) setOpen(false);
    };
    document.addEventListener("pointerdown", elsewhere);
    items()[0]?.focus();
    return () => document.removeEventListener("pointerdown", elsewhere);
  }, [open]);

  function onKey(/** @type {KeyboardEvent} */ event) {
    if (!open) return;
    if (event.key === "Escape") {
      setOpen(false);
      button()?.focus();
    }
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const all = items();
      const at = all.indexOf(/** @type {any} */ (document.activeElement));
      all[(at + (event.key === "ArrowDown" ? 1 : -1) + all.length) % all.length]?.focus();
    }
  }

  const chosen = (/** @type {Event} */ event) => {
    if (event.target instanceof Element && event.target.closest(".item")) setOpen(false);
  };
  return html`
    <div class="drop" ref=${box} onKeyDown=${onKey}>
      <button type="button" class=${kind} aria-expanded=${open} onClick=${() => setOpen(!open)}><span aria-hidden="true" class="row-of">${label}</span><span class="unseen">${name}</span></button>
      ${open && html`<div class=${`sheet${left ? " left" : ""}`} onClick=${chosen}>${children}</div>`}
    </div>`;
}
