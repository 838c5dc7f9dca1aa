// @ts-check
// A page without anything on it yet teaches how the first comes about.

import { asCurl } from "../lib/snippet.js";
import { html, useState } from "../lib/view.js";
import { Copy } from "./copy.js";
import { sayProblem } from "./toast.js";

/** @param {{ title: string, children?: any }} props */
export function Empty({ title, children }) {
  return html`<div class="empty"><h2>${title}</h2>${children}</div>`;
}

/**
 * A call that can be copied and works. `onToken` makes a token for it, for an hour.
 * @param {{ asked: import("../lib/snippet.js").Asked, onToken?: () => Promise<string> }} props
 */
export function Snippet({ asked, onToken }) {
  const [token, setToken] = useState("");
  const make = async () => {
    try {
      setToken((await onToken?.()) ?? "");
    } catch (error) {
      sayProblem(error);
    }
  };
  const text = asCurl(asked, token || "$TOKEN");
  return html`
    <div class="snippet">
      <pre tabindex="0" aria-label="A call for the terminal"><code>${text}</code></pre>
      <div class="row-of">
        <${Copy} text=${text} />
        ${onToken && !token && html`<button type="button" class="button small" onClick=${make}>Put in a token for an hour</button>`}
        ${token && html`<span class="small soft">The token works for an hour and only for this.</span>`}
      </div>
    </div>`;
}
