// @ts-check
// The deliveries of an event on one axis of time: each attempt, what came of it, and when the next is.

import { duration, exact } from "../lib/format.js";
import { marksOf } from "../lib/history.js";
import { useStore } from "../lib/store.js";
import { html } from "../lib/view.js";
import { lookOf } from "../lib/words.js";
import { now } from "./time.js";
import { State } from "./state.js";

/** The state of a delivery, held ones apart. @param {any} delivery */
export const deliveryState = (delivery) => (delivery.held ? "held" : delivery.state);

/** @param {{ event: any, hrefOf: (delivery: any) => string | undefined }} props */
export function DeliveryTimeline({ event, hrefOf }) {
  const at = useStore(now);
  const from = Date.parse(event.createdAt);
  const ends = event.deliveries.map((/** @type {any} */ one) => Date.parse(one.endedAt ?? one.nextAttemptAt ?? event.createdAt));
  const isOver = event.deliveries.every((/** @type {any} */ one) => one.endedAt);
  const to = Math.max(from + 1, ...ends, ...(isOver ? [] : [at]));
  return html`
    <ol class="timeline">
      ${event.deliveries.map((/** @type {any} */ delivery) => html`
        <li key=${delivery.id}>
          <span class="name">${hrefOf(delivery) ? html`<a href=${hrefOf(delivery)}>${delivery.handler}</a>` : delivery.handler || "deleted"}${delivery.replayOf && html` <span class="chip">again</span>`}</span>
          <${Bars} delivery=${delivery} from=${from} to=${to} />
          <span class="number"><${State} is=${deliveryState(delivery)} /></span>
        </li>`)}
    </ol>
    <p class="legend">
      <span><svg width="18" height="8"><rect class="waited" y="1" width="18" height="6" /></svg> under way</span>
      <span><svg width="8" height="12"><rect class="ran done" width="5" height="12" rx="1" /></svg> arrived</span>
      <span><svg width="8" height="12"><rect class="ran dead" width="5" height="12" rx="1" /></svg> an attempt that failed</span>
      <span><svg width="10" height="12"><rect class="planned" x="1" y="1" width="6" height="10" /></svg> the next one</span>
      <span>${duration(to - from)} in all</span>
    </p>`;
}

/** @param {{ delivery: any, from: number, to: number }} props */
function Bars({ delivery, from, to }) {
  const { begun, end, tried, next } = marksOf(delivery, from, to);
  const x = (/** @type {number} */ part) => Math.min(part * 1000, 996);
  return html`
    <svg class="bars" preserveAspectRatio="none" viewBox="0 0 1000 14" aria-hidden="true">
      <rect class="waited" x=${x(begun)} width=${Math.max(1, x(end) - x(begun))} y="5" height="4" />
      ${tried.map((/** @type {any} */ { start, end, outcome }, /** @type {number} */ place) => html`
        <rect key=${place} class=${`ran ${outcome === "done" ? "done" : lookOf(outcome).tone === "bad" ? "dead" : ""}`} x=${x(start)} width=${Math.max(4, (end - start) * 1000)} y="1" height="12" rx="1">
          <title>${`Attempt ${place + 1}: ${lookOf(outcome).word}, ${exact(delivery.attempts[place].startedAt)}`}</title></rect>`)}
      ${next !== undefined && html`<rect class="planned" x=${Math.min(x(next), 990)} width="6" y="2" height="10"><title>${`The next attempt: ${exact(delivery.nextAttemptAt)}`}</title></rect>`}
    </svg>`;
}
