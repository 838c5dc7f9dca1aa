// @ts-check
// Runs as dots: when each was made, how long it ran, how it ended.

import { axisTime, duration, ranFor } from "../lib/format.js";
import { useKeys } from "../lib/keys.js";
import { anchorOf, scale, timeMarks } from "../lib/plot.js";
import { useStore } from "../lib/store.js";
import { html, useEffect, useRef, useState } from "../lib/view.js";
import { lookOf } from "../lib/words.js";
import { now } from "./time.js";

const HEIGHT = 120;
const LEFT = 52;
const BOTTOM = 100;
const DECADES = [1, 10, 100, 1_000, 10_000, 60_000, 600_000, 3_600_000];

/** @param {{ jobs: any[], hrefOf: (job: any) => string }} props */
export function Dots({ jobs, hrefOf }) {
  const [box, width] = useWidth();
  const at = useStore(now);
  const key = useKeys(jobs.map(({ id }) => id), true);
  const times = jobs.map((job) => Date.parse(job.createdAt));
  const from = Math.min(...times, at - 60_000);
  const to = Math.max(...times, at);
  const x = scale([from, to], [LEFT + 8, width - 8]);
  const ran = jobs.map((job) => ranFor(job, at) ?? 0);
  const top = DECADES.find((decade) => decade >= Math.max(...ran, 10)) ?? Math.max(...ran);
  const y = scale([0, Math.log10(top)], [BOTTOM - 6, 10]);
  const lines = DECADES.filter((decade) => decade <= top && (decade !== 1 || top <= 1_000));
  const counted = new Map();
  for (const job of jobs) counted.set(job.state, (counted.get(job.state) ?? 0) + 1);
  const summary = [...counted].map(([state, many]) => `${many} ${lookOf(state).word}`).join(", ");
  return html`
    <div ref=${box}>
      <svg class="plot" width=${width} height=${HEIGHT} viewBox=${`0 0 ${width} ${HEIGHT}`} role="group" aria-label=${`Runs over time: ${summary || "none"}`}>
        ${lines.filter((_, place) => place % 2 === 0 || lines.length < 5).map((decade) => html`
          <line class="axis" x1=${LEFT} x2=${width} y1=${y(Math.log10(decade))} y2=${y(Math.log10(decade))} />
          <text x=${LEFT - 6} y=${y(Math.log10(decade)) + 4} text-anchor="end">${duration(decade)}</text>`)}
        ${timeMarks(from, to, Math.max(2, Math.floor(width / 130))).map((mark) => html`
          <text x=${x(mark)} y=${HEIGHT - 4} text-anchor=${anchorOf(x(mark), width)}>${axisTime(mark, to - from)}</text>`)}
        ${jobs.map((job, place) => html`
          <a key=${key(job.id)} href=${hrefOf(job)} tabindex="-1" aria-hidden="true">
            <title>${`${job.jobName}, ${lookOf(job.state).word}${ran[place] ? `, ${duration(ran[place])}` : ""}`}</title>
            <${Dot} state=${job.state} x=${x(times[place] ?? from)} y=${y(Math.log10(Math.max(1, ran[place] ?? 1)))} />
          </a>`)}
      </svg>
    </div>`;
}

/** @param {{ state: string, x: number, y: number }} props */
function Dot({ state, x, y }) {
  if (state === "dead") return html`<path class="dot dead" d=${`M${x - 4},${y - 4}l8,8m0,-8l-8,8`} />`;
  if (state === "cancelled") return html`<path class="dot cancelled" d=${`M${x - 4},${y + 4}l8,-8`} />`;
  return html`<circle class=${`dot ${state}`} cx=${x} cy=${y} r=${state === "done" ? 3 : 4} />`;
}

/** The width that a part has, as the window changes. @returns {[any, number]} */
export function useWidth() {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const [width, setWidth] = useState(600);
  useEffect(() => {
    if (!box.current) return undefined;
    const watcher = new ResizeObserver(([entry]) => entry && setWidth(Math.max(200, Math.round(entry.contentRect.width))));
    watcher.observe(box.current);
    return () => watcher.disconnect();
  }, []);
  return [box, width];
}
