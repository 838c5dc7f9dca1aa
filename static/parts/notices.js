// @ts-check
// What one should know on every page, with the way to it.

import { html } from "../lib/view.js";

/** @param {{ notices: { key: string, tone: string, text: string, href: string, word: string }[], onKnown: (key: string) => void }} props */
export function Notices({ notices, onKnown }) {
  return html`
    <div class="notices" role="status" aria-live="polite">
      ${notices.map(({ key, tone, text, href, word }) => html`
        <p key=${key} class=${`notice ${tone}`}><span aria-hidden="true">▲</span><span class="grow">${text} <a href=${href}>${word}</a></span>
          <button type="button" class="quiet small" aria-label="I know: close this notice" onClick=${() => onKnown(key)}>✕</button></p>`)}
    </div>`;
}
