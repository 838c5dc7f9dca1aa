// @ts-check
// One figure over time.

import { axisTime, short } from "../lib/format.js";
import { anchorOf, pathOf, roundUp, scale, timeMarks } from "../lib/plot.js";
import { html } from "../lib/view.js";
import { useWidth } from "./dots.js";

const HEIGHT = 84;
const LEFT = 40;
const BOTTOM = 64;

/**
 * @param {{ points: { at: number, value: number }[], label: string, tone: string, span: number }} props
 *   `span` is how much time is shown, in milliseconds, up to the newest point
 */
export function Line({ points, label, tone, span }) {
  const [box, width] = useWidth();
  const to = points.at(-1)?.at ?? Date.now();
  const from = to - span;
  const top = roundUp(Math.max(1, ...points.map((point) => point.value)));
  const x = scale([from, to], [LEFT, width - 2]);
  const y = scale([0, top], [BOTTOM, 8]);
  const shown = /** @type {[number, number][]} */ (points.filter(({ at }) => at >= from).map(({ at, value }) => [x(at), y(value)]));
  const first = shown[0];
  const last = shown.at(-1);
  return html`
    <div ref=${box} class=${`tone-${tone}`}>
      <svg class="plot" width=${width} height=${HEIGHT} viewBox=${`0 0 ${width} ${HEIGHT}`} role="img"
        aria-label=${`${label}: ${short(points.at(-1)?.value ?? 0)} now, ${short(Math.max(0, ...points.map((point) => point.value)))} at most`}>
        ${[0, top].map((value) => html`
          <line class="axis" x1=${LEFT} x2=${width} y1=${y(value)} y2=${y(value)} />
          <text x=${LEFT - 6} y=${y(value) + 4} text-anchor="end">${short(value)}</text>`)}
        ${timeMarks(from, to, Math.max(2, Math.floor(width / 110))).map((mark) => html`
          <text x=${x(mark)} y=${HEIGHT - 4} text-anchor=${anchorOf(x(mark), width)}>${axisTime(mark, span)}</text>`)}
        ${first && last && shown.length > 1 && html`
          <path class="area" d=${`${pathOf(shown)}L${last[0]},${BOTTOM}L${first[0]},${BOTTOM}Z`} />
          <path class="line" d=${pathOf(shown)} />`}
      </svg>
    </div>`;
}
