// @ts-check
// A secret that is shown this once.

import { html, useEffect, useRef } from "../lib/view.js";
import { Copy } from "./copy.js";

/** @param {{ secret: string, onKept: () => void, children?: any }} props */
export function Secret({ secret, onKept, children }) {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => box.current?.focus(), []);
  return html`
    <div class="form">
      <p><strong>This is the secret that its calls are signed with. It is shown this once.</strong> The receiver checks the
        header <code>webhook-signature</code> with it, as Standard Webhooks has it.</p>
      ${children}
      <div class="snippet"><pre tabindex="0" ref=${box} aria-label="The secret">${secret}</pre><div class="row-of"><${Copy} text=${secret} word="Copy the secret" /></div></div>
      <div class="foot"><button type="button" class="button main" onClick=${onKept}>I have kept it</button></div>
    </div>`;
}
