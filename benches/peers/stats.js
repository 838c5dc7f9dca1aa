// Numbers out of many measurements.

/** Percentiles of times in milliseconds. */
export function timesOf(taken) {
  const sorted = Float64Array.from(taken).sort();
  const at = (part) =>
    sorted.length ? round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]) : null;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

export function median(values) {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b);
  if (!sorted.length) return null;
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The median of a figure's runs with the least and the most of them. */
export function spreadOf(values) {
  const known = values.filter((value) => typeof value === 'number');
  if (!known.length) return null;
  return { median: median(known), least: Math.min(...known), most: Math.max(...known) };
}

export function round(value, digits = 3) {
  return Number(value.toFixed(digits));
}
