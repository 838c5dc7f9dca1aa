// @ts-check
// The spans of a trace as a waterfall: each under the one of which it is a part, in the order of time.

/**
 * @typedef {object} Row
 * @property {any} span
 * @property {number} depth
 * @property {number} start in fractions of the whole
 * @property {number} width
 * @property {any[]} logs
 */

/**
 * @param {any[]} spans
 * @param {any[]} logs
 * @param {number} whole milliseconds
 * @returns {Row[]}
 */
export function rowsOf(spans, logs, whole) {
  const known = new Set(spans.map(({ spanId }) => spanId));
  /** @type {Map<string, any[]>} */
  const below = new Map();
  for (const span of [...spans].sort((a, b) => a.offsetMs - b.offsetMs)) {
    // What it is a part of may be elsewhere, or not kept.
    const parent = known.has(span.parentId) && span.parentId !== span.spanId ? span.parentId : "";
    below.set(parent, [...(below.get(parent) ?? []), span]);
  }
  /** @type {Row[]} */
  const rows = [];
  const all = Math.max(whole, ...spans.map(({ offsetMs, durationMs }) => offsetMs + durationMs), 0.001);
  const seen = new Set();
  const put = (/** @type {any} */ span, /** @type {number} */ depth) => {
    if (seen.has(span.spanId)) return;
    seen.add(span.spanId);
    rows.push({
      span, depth, start: Math.min(1, Math.max(0, span.offsetMs / all)), width: Math.min(1, span.durationMs / all),
      logs: logs.filter(({ spanId }) => spanId === span.spanId),
    });
    for (const part of below.get(span.spanId) ?? []) put(part, depth + 1);
  };
  // Those that name each other have no first, and are shown all the same.
  for (const span of [...(below.get("") ?? []), ...spans]) put(span, 0);
  return rows;
}

/** A length as precise as it is worth: much of what a span is takes less than a millisecond. @param {number} ms */
export function fine(ms) {
  if (ms < 1) return `${Math.round(ms * 1_000)} µs`;
  return ms < 10 ? `${ms.toFixed(1)} ms` : "";
}
