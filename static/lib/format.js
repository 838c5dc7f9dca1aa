// @ts-check
// Numbers, times and ids as people read them.

const whole = new Intl.NumberFormat("en");
const exactTime = new Intl.DateTimeFormat("en-GB", {
  year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short",
});
const clockTime = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const shortClock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const dayTime = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

/** @param {number | null | undefined} value */
export function count(value) {
  return whole.format(value ?? 0);
}

/**
 * 1,234 stays, 12,345 is 12.3k.
 * @param {number} value
 */
export function short(value) {
  if (Math.abs(value) < 10_000) return Number.isInteger(value) ? whole.format(value) : value.toFixed(value < 10 ? 1 : 0);
  const [size, letter] = value >= 1e9 ? [1e9, "G"] : value >= 1e6 ? [1e6, "M"] : [1e3, "k"];
  const shown = value / Number(size);
  return `${shown.toFixed(shown < 100 ? 1 : 0)}${letter}`;
}

/**
 * A size, in at most three digits.
 * @param {number | null | undefined} size
 */
export function bytes(size) {
  if (size === null || size === undefined) return "";
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const at = Math.min(units.length - 1, size < 1 ? 0 : Math.floor(Math.log2(size) / 10));
  const shown = size / 1024 ** at;
  return `${at && shown < 100 ? shown.toFixed(1) : Math.round(shown)} ${units[at]}`;
}

/**
 * How long something took, in at most two units.
 * @param {number | null | undefined} ms
 */
export function duration(ms) {
  if (ms === null || ms === undefined || Number.isNaN(ms)) return "";
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1_000;
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.floor(seconds)} s`;
  const units = [["d", 86_400], ["h", 3_600], ["min", 60], ["s", 1]];
  const at = units.findIndex(([, size]) => seconds >= Number(size));
  const [unit, size] = /** @type {[string, number]} */ (units[at]);
  const [lesser, part] = /** @type {[string, number]} */ (units[at + 1] ?? ["", 1]);
  const rest = Math.floor((seconds % size) / part);
  return `${Math.floor(seconds / size)} ${unit}${rest ? ` ${rest} ${lesser}` : ""}`;
}

/**
 * "3 min ago", "in 2 h", as one reads a clock at a glance.
 * @param {string | number | Date} at
 * @param {number} now in milliseconds
 */
export function ago(at, now) {
  const ms = now - new Date(at).getTime();
  const seconds = Math.abs(ms) / 1_000;
  if (seconds < 1) return "now";
  const shown = seconds < 60 ? `${Math.floor(seconds)} s` : coarse(seconds);
  return ms >= 0 ? `${shown} ago` : `in ${shown}`;
}

/** @param {number} seconds */
function coarse(seconds) {
  /** @type {[string, number][]} */
  const units = [["d", 86_400], ["h", 3_600], ["min", 60]];
  for (const [unit, size] of units) if (seconds >= size) return `${Math.floor(seconds / size)} ${unit}`;
  return `${Math.floor(seconds)} s`;
}

/** @param {string | number | Date} at */
export const exact = (at) => exactTime.format(new Date(at));
/** @param {string | number | Date} at */
export const clock = (at) => clockTime.format(new Date(at));
/** @param {string | number | Date} at */
export const day = (at) => dayTime.format(new Date(at));

/**
 * A mark on an axis: the time of day when the axis is short.
 * @param {number} at
 * @param {number} span
 */
export function axisTime(at, span) {
  if (span < 10 * 60_000) return clockTime.format(at);
  return span < 20 * 3_600_000 ? shortClock.format(at) : dayTime.format(at);
}

/**
 * The time of the field `datetime-local`, in this browser's zone.
 * @param {string | undefined | null} at
 */
export function toLocalField(at) {
  if (!at) return "";
  const date = new Date(at);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/**
 * How long a job ran, or runs.
 * @param {{ startedAt?: string | null, finishedAt?: string | null, state: string }} job
 * @param {number} now
 */
export function ranFor(job, now) {
  if (!job.startedAt) return undefined;
  const end = job.finishedAt ? Date.parse(job.finishedAt) : job.state === "running" ? now : undefined;
  return end === undefined ? undefined : Math.max(0, end - Date.parse(job.startedAt));
}

/**
 * @param {number} number
 * @param {string} one
 * @param {string} [many]
 */
export function plural(number, one, many = `${one}s`) {
  return `${whole.format(number)} ${number === 1 ? one : many}`;
}

/** How somebody is called, in a character or two as people see them. @param {string} name a name or an address */
export function initials(name) {
  const words = name.split(/[\s@.]+/).filter(Boolean);
  const shown = words.length > 1 && !name.includes("@") ? [words[0], words.at(-1)] : [words[0]];
  const first = (/** @type {string | undefined} */ word) => word && [...new Intl.Segmenter().segment(word)][0]?.segment;
  return shown.map(first).join("").toUpperCase() || "?";
}
