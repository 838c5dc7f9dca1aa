// @ts-check
// JSON that folds. What is large is folded at first.

import { html } from "../lib/view.js";
import { Copy } from "./copy.js";

const MOST = 200;

/** @param {{ value: any, label: string }} props */
export function JsonTree({ value, label }) {
  return html`
    <div class="tree" tabindex="0" role="region" aria-label=${label}><${Node} value=${value} depth=${0} /></div>
    <p><${Copy} text=${JSON.stringify(value, null, 2)} word="Copy as JSON" kind="quiet small" /></p>`;
}

/** @param {{ name?: string, value: any, depth: number }} props */
function Node({ name, value, depth }) {
  const key = name !== undefined && html`<span class="key">${name}: </span>`;
  if (value === null || typeof value !== "object") return html`<div class="leaf">${key}<${Leaf} value=${value} /></div>`;
  const entries = Object.entries(value);
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  if (!entries.length) return html`<div class="leaf">${key}${open}${close}</div>`;
  return html`
    <details open=${depth < 2 && entries.length <= 30}>
      <summary>${key}${open} <span class="key">${entries.length}</span> ${close}</summary>
      <div>
        ${entries.slice(0, MOST).map(([part, below]) => html`<${Node} key=${part} name=${part} value=${below} depth=${depth + 1} />`)}
        ${entries.length > MOST && html`<p class="soft">and ${entries.length - MOST} more; copy it to see them all</p>`}
      </div>
    </details>`;
}

/** @param {{ value: any }} props */
function Leaf({ value }) {
  if (typeof value === "string") return html`<span class="string">${JSON.stringify(value)}</span>`;
  if (typeof value === "number") return html`<span class="count">${String(value)}</span>`;
  return html`<span class="word">${String(value)}</span>`;
}
