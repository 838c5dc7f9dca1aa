// @ts-check
// Lines of the log: when, how bad, where from, what. What else a line knows is folded in.

import { exact } from "../lib/format.js";
import { html } from "../lib/view.js";

/** @type {Record<string, string>} */
const TONES = { error: "bad", warn: "warn", info: "good", debug: "busy", trace: "soft" };

/** @param {{ lines: any[], label: string, fresh?: Set<string>, hrefOf?: (line: any) => string | undefined }} props */
export function LogLines({ lines, label, fresh, hrefOf }) {
  return html`<ol class="lines" tabindex="0" aria-label=${label}>
    ${lines.map((line, place) => html`<li key=${line.id ?? `${line.at} ${place}`} class=${fresh?.has(line.id) ? "fresh" : undefined}><${Line} line=${line} href=${hrefOf?.(line)} /></li>`)}</ol>`;
}

/** @param {{ line: any, href?: string }} props */
function Line({ line, href }) {
  const fields = Object.entries(line.fields ?? {});
  const beginning = html`<time class="soft" datetime=${line.at} title=${exact(line.at)}>${line.at.slice(11, 23)}</time> <span class=${`level tone-${TONES[line.level] ?? "soft"}`}>${line.level}</span>`;
  if (!fields.length && !line.traceId) return html`<div class="line">${beginning} <span>${line.message}</span></div>`;
  return html`
    <details><summary class="line">${beginning} <span>${line.message}</span></summary>
      <div class="below">
        ${line.target && html`<div><span class="soft">from </span>${line.target}</div>`}
        ${line.tenant && html`<div><span class="soft">tenant </span>${line.tenant}</div>`}
        ${line.actor && html`<div><span class="soft">on behalf of </span>${line.actor}</div>`}
        ${fields.map(([name, value]) => html`<div key=${name}><span class="soft">${name} </span>${typeof value === "object" ? JSON.stringify(value) : String(value)}</div>`)}
        ${line.traceId && html`<div><span class="soft">trace </span>${href ? html`<a href=${href}>${line.traceId}</a>` : line.traceId}</div>`}
      </div></details>`;
}
