// @ts-check
// How a handler did in the last day: in figures, in its course, by type.

import { count, duration, short } from "../lib/format.js";
import { useHere } from "../lib/session.js";
import { html } from "../lib/view.js";
import { Line } from "../parts/line.js";
import { Table } from "../parts/table.js";

const DAY_MS = 86_400_000;

/** @param {{ handler: any, day: any, letters: number }} props */
export function Day({ handler, day, letters }) {
  const here = useHere();
  const figure = (/** @type {string} */ name, /** @type {any} */ value, tone = "", href = "") => {
    const inner = html`<span class="soft">${name}</span><span class=${`value ${tone}`}>${value}</span>`;
    return href ? html`<a href=${href}>${inner}</a>` : html`<div>${inner}</div>`;
  };
  const time = (/** @type {number | null | undefined} */ millis) => (millis === null || millis === undefined ? "–" : duration(millis));
  return html`
    <div class="figures" role="group" aria-label="The last day">
      ${figure("arrived in a day", day ? count(day.delivered) : "…")}
      ${figure("failed attempts", day ? count(day.failed) : "…", day?.failed ? "bad" : "")}
      ${figure("half within", time(day?.p50Millis))}
      ${figure("95 % within", time(day?.p95Millis))}
      ${figure("waiting now", count(handler.waiting))}
      ${figure("dead letters", count(letters), letters ? "bad" : "", here.can("dead-letters:read") ? here.at(`/dead-letters?handler=${encodeURIComponent(handler.name)}`) : "")}
    </div>`;
}

/** @param {{ course: any[] }} props */
export function Course({ course }) {
  const plots = [
    { label: "Arrived", name: "delivered", tone: "good" },
    { label: "Failed attempts", name: "failed", tone: "bad" },
    { label: "95 % within, in ms", name: "p95Millis", tone: "busy" },
  ];
  return html`
    <section aria-labelledby="course"><h2 id="course" class="unseen">In the course of the last day</h2>
      <div class="panels small">${plots.map(({ label, name, tone }) => html`
        <div key=${name} class="panel"><header><h3>${label}</h3><span class="push small soft">24 hours</span></header>
          <div class="body tight"><${Line} label=${label} tone=${tone} span=${DAY_MS} points=${course.map((stretch) => ({ at: Date.parse(stretch.at), value: stretch[name] ?? 0 }))} /></div></div>`)}
      </div></section>`;
}

/** @param {{ metrics: any[] }} props */
export function ByType({ metrics }) {
  const here = useHere();
  if (!metrics.length) return null;
  const time = (/** @type {number | null} */ millis) => (millis === null ? html`<span class="soft">–</span>` : duration(millis));
  /** @type {import("../parts/table.js").Column[]} */
  const columns = [
    { label: "Type", kind: "main-cell", cell: (metric) => html`<a href=${here.at(`/events?type=${encodeURIComponent(metric.type)}`)}>${metric.type}</a>` },
    { label: "Arrived", kind: "number", cell: (metric) => count(metric.delivered) },
    { label: "Failed", kind: "number", cell: (metric) => (metric.failed ? html`<span class="bad">${count(metric.failed)}</span>` : html`<span class="soft">0</span>`) },
    { label: "Dead", kind: "number", weight: 2, cell: (metric) => (metric.dead ? html`<span class="bad">${count(metric.dead)}</span>` : html`<span class="soft">0</span>`) },
    { label: "A minute", kind: "number", weight: 2, cell: (metric) => short(Math.round(metric.perMinute * 100) / 100) },
    { label: "p50", kind: "number", weight: 2, cell: (metric) => time(metric.p50Millis) },
    { label: "p95", kind: "number", weight: 2, cell: (metric) => time(metric.p95Millis) },
  ];
  return html`<section class="panel" aria-labelledby="types"><header><h2 id="types">By type, in the last day</h2></header>
    <${Table} caption="By type, in the last day" columns=${columns} rows=${metrics} keyOf=${(/** @type {any} */ row) => row.type} /></section>`;
}
