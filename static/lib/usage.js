// @ts-check
// What a tenant has of what it may have, in words.

import { bytes, count } from "./format.js";

/** What is limited, by the name of its limit. @type {[string, string][]} */
export const ALLOWANCES = [["storageBytes", "Storage"], ["eventsPerDay", "Events today"], ["jobsPerDay", "Jobs today"]];

const NEARLY = 0.8;

/**
 * How much is used, and what follows from it.
 * @param {string} name
 * @param {{ limit: number | null, used: number | null }} room
 */
export function roomOf(name, { limit, used }) {
  const shown = (/** @type {number} */ value) => (name === "storageBytes" ? bytes(value) : count(value));
  const part = limit && used !== null ? used / limit : 0;
  const is = used === null ? "not weighed yet" : shown(used);
  return {
    text: limit === null ? `${is}, no limit` : `${is} of ${shown(limit)}`,
    part, tone: part >= 1 ? /** @type {const} */ ("bad") : part >= NEARLY ? /** @type {const} */ ("warn") : undefined,
  };
}

/**
 * What is used up or soon will be.
 * @param {any} usage
 * @param {string} href
 * @returns {{ key: string, tone: "bad" | "warn", text: string, href: string, word: string }[]}
 */
export function scarce(usage, href) {
  return ALLOWANCES.flatMap(([name, word]) => {
    const { text, tone } = roomOf(name, usage[name]);
    const until = name === "storageBytes" ? "until something is deleted" : "until midnight, UTC";
    return tone ? [{ key: name, tone, text: `${word}: ${text}.${tone === "bad" ? ` Nothing new is taken ${until}.` : ""}`, href, word: "See the limits" }] : [];
  });
}

const UNITS = /** @type {Record<string, number>} */ ({ "": 0, k: 1, m: 2, g: 3, t: 4 });

/**
 * A size as people write it: `500 MB`, `1.5 GiB`, or a number of bytes.
 * @param {string} text
 * @returns {number} not a number when it is no size
 */
export function sizeOf(text) {
  const [, figure, unit = "", binary] = /^\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?\s*$/i.exec(text) ?? [];
  return Math.round(Number(figure) * (binary ? 1024 : 1000) ** (UNITS[unit.toLowerCase()] ?? 0));
}

/** A size to the byte, as `sizeOf` reads it. @param {number} size */
export function sizeText(size) {
  const at = ["TiB", "GiB", "MiB", "KiB"].findIndex((_, place) => size && size % 1024 ** (4 - place) === 0);
  return at < 0 ? String(size) : `${size / 1024 ** (4 - at)} ${["TiB", "GiB", "MiB", "KiB"][at]}`;
}
