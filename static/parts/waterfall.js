// @ts-check
// A trace as a waterfall. Each row opens and says what is known of its span.

import { duration } from "../lib/format.js";
import { fine, rowsOf } from "../lib/waterfall.js";
import { html } from "../lib/view.js";
import { Fact, Facts } from "./facts.js";
import { LogLines } from "./log-lines.js";
import { State } from "./state.js";

/** @param {number} ms */
export const took = (ms) => fine(ms) || duration(ms);

/** @param {{ trace: any, hrefOf: (span: any) => { href: string, word: string }[] }} props */
export function Waterfall({ trace, hrefOf }) {
  const rows = rowsOf(trace.spans, trace.logs, trace.durationMs);
  return html`
    <ol class="waterfall">
      ${rows.map(({ span, depth, start, width, logs }) => html`
        <li key=${span.spanId}><details>
          <summary>
            <span class="name"><span class="depth" aria-hidden="true">${depth ? `${"\u2003".repeat(Math.min(depth, 8) - 1)}└ ` : ""}</span><span class="soft kind">${span.kind}</span> ${span.name}</span>
            <svg class="bars" preserveAspectRatio="none" viewBox="0 0 1000 14" aria-hidden="true"><rect class=${`span ${span.kind} ${span.outcome}`} x=${Math.min(start * 1000, 997)} width=${Math.max(3, width * 1000)} y="2" height="10" rx="1" /></svg>
            <span class="number">${span.outcome === "failed" ? html`<${State} is="failed" word=${took(span.durationMs)} /><span class="unseen">failed</span>` : span.durationMs > 0 && took(span.durationMs)}</span>
          </summary>
          <div class="body stack">
            ${span.error && html`<p class="log bad">${span.error}</p>`}
            <${Facts}>
              <${Fact} name="Begins after">${took(span.offsetMs)}<//>
              ${span.status && html`<${Fact} name="Status">${span.status}<//>`}
              ${span.tenant && html`<${Fact} name="Tenant">${span.tenant}<//>`}
              ${span.actor && html`<${Fact} name="On behalf of">${span.actor}<//>`}
              ${Object.entries(span.attributes ?? {}).map(([name, value]) => html`<${Fact} key=${name} name=${name}>${typeof value === "object" ? JSON.stringify(value) : String(value)}<//>`)}
              ${hrefOf(span).map(({ href, word }) => html`<${Fact} key=${href} name="See"><a href=${href}>${word}</a><//>`)}
            <//>
            ${logs.length > 0 && html`<${LogLines} lines=${logs} label=${`What ${span.name} logged`} />`}
          </div></details></li>`)}
    </ol>`;
}
