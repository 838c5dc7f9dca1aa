// @ts-check
// The arithmetic of plots: scales and marks. Nothing here draws.

/**
 * Where a value lies on a line of pixels.
 * @param {[number, number]} domain
 * @param {[number, number]} range
 */
export function scale([from, to], [start, end]) {
  const span = to - from || 1;
  return (/** @type {number} */ value) => start + ((value - from) / span) * (end - start);
}

/**
 * A round number that is not less, for the upper end of an axis.
 * @param {number} most
 */
export function roundUp(most) {
  if (most <= 1) return 1;
  const size = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 5, 10].map((step) => step * size).find((top) => top >= most) ?? most;
}

const STEPS = [1, 5, 10, 30, 60, 300, 600, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400, 259_200, 604_800].map((s) => s * 1_000);

/**
 * Round moments between two others, about as many as wanted.
 * @param {number} from
 * @param {number} to
 * @param {number} wanted
 * @returns {number[]}
 */
export function timeMarks(from, to, wanted) {
  const step = STEPS.find((size) => (to - from) / size <= wanted) ?? Math.ceil((to - from) / wanted);
  const marks = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) marks.push(at);
  return marks;
}

/** Where the word of a mark stands, so that it does not run out of the drawing. @param {number} x @param {number} width */
export const anchorOf = (x, width) => (x > width - 30 ? "end" : "middle");

/**
 * The path of a line through points.
 * @param {[number, number][]} points
 */
export function pathOf(points) {
  return points.map(([x, y], at) => `${at ? "L" : "M"}${x.toFixed(1)},${y.toFixed(1)}`).join("");
}

/**
 * The parts of a job's life on a line: planned delay, waiting, running, in fractions of a span.
 * @param {{ createdAt: string, runAt: string, startedAt?: string | null, finishedAt?: string | null, state: string }} entry
 * @param {number} from
 * @param {number} to also stands for now
 * @returns {{ part: "planned" | "waited" | "ran", start: number, end: number }[]}
 */
export function barsOf(entry, from, to) {
  const at = scale([from, to], [0, 1]);
  const time = (/** @type {string | null | undefined} */ text) => (text ? Date.parse(text) : undefined);
  const made = Date.parse(entry.createdAt);
  const started = time(entry.startedAt);
  const finished = time(entry.finishedAt);
  const end = finished ?? to;
  const due = Math.max(made, Math.min(Date.parse(entry.runAt), started ?? end));
  const clamp = (/** @type {number} */ x) => Math.min(1, Math.max(0, x));
  const bars = [
    { part: /** @type {const} */ ("planned"), start: made, end: due },
    { part: /** @type {const} */ ("waited"), start: due, end: started ?? end },
    ...(started === undefined ? [] : [{ part: /** @type {const} */ ("ran"), start: started, end: Math.max(started, end) }]),
  ];
  return bars
    .filter(({ part, start, end }) => end > start || part === "ran")
    .map(({ part, start, end }) => ({ part, start: clamp(at(start)), end: clamp(at(end)) }));
}
