// @ts-check
// How the machine fares, and who fills it, in words and parts of a whole.

import { bytes, duration } from "./format.js";

/** @typedef {{ running: number, ready: number, scheduled: number, done: number, dead: number }} Load */

/** What the server's word for it means for the eye. @type {Record<string, "bad" | "warn" | undefined>} */
const TONES = { short: "bad", scarce: "warn" };

/**
 * What there is of something, for a bar and beside it.
 * @param {any} machine
 * @returns {{ name: string, used: number, total: number, text: string, more: string, tone: "bad" | "warn" | undefined }[]}
 */
export function gaugesOf({ disk, memory }) {
  const found = [{
    name: "Disk", used: disk.totalBytes - disk.freeBytes, total: disk.totalBytes, tone: TONES[disk.standing],
    text: `${bytes(disk.freeBytes)} free`, more: `of ${bytes(disk.totalBytes)}`,
  }];
  if (memory) {
    found.push({
      name: "Memory", used: memory.totalBytes - memory.availableBytes, total: memory.totalBytes, tone: TONES[memory.standing],
      text: `${bytes(memory.availableBytes)} free`, more: `of ${bytes(memory.totalBytes)}`,
    });
  }
  return found;
}

/**
 * What somebody should see to, in the words of the server.
 * @param {any} machine
 * @returns {{ key: string, tone: "bad" | "warn", text: string, href: string, word: string }[]}
 */
export function machineConcerns({ disk, memory }) {
  return /** @type {[string, any][]} */ ([["disk", disk], ["memory", memory]]).flatMap(([key, of]) => {
    const tone = of && TONES[of.standing];
    return tone && of.problem ? [{ key, tone, text: `${key}: ${of.problem}`, href: "/instance/system", word: "See the machine" }] : [];
  });
}

/** How long a flush takes, in words. @param {any} flushes */
export function flushText(flushes) {
  if (!flushes) return undefined;
  const shown = (/** @type {number} */ ms) => (ms < 10 ? `${ms.toFixed(ms < 1 ? 2 : 1)} ms` : duration(ms));
  return { median: shown(flushes.medianMs), slowest: shown(flushes.slowestMs) };
}

/** What fills the machine: jobs that run or wait now; where there are none, those that ended. @param {Load} load */
const now = ({ running, ready }) => running + ready;
const lately = (/** @type {Load} */ { done, dead }) => done + dead;

/**
 * One's part of the whole, from 0 to 1.
 * @param {Load} load
 * @param {Load} whole
 */
export function partOf(load, whole) {
  const weigh = now(whole) ? now : lately;
  return weigh(whole) ? weigh(load) / weigh(whole) : 0;
}

/**
 * Each queue, then those who have most in it, then the others, as the rows of one table.
 * @param {any[]} queues
 * @returns {{ key: string, queue?: string, tenant?: any, others?: number, load: Load, part: number }[]}
 */
export function rowsOf(queues) {
  return queues.flatMap((queue) => [
    { key: queue.name, queue: queue.name, load: queue, part: 1 },
    ...sharesOf(queue).map((row) => ({ ...row, key: `${queue.name} ${row.key}` })),
  ]);
}

/**
 * Those who have most of it, and the others as one.
 * @param {any} whole
 * @returns {{ key: string, tenant?: any, others?: number, load: Load, part: number }[]}
 */
export function sharesOf(whole) {
  const named = whole.tenants.map((/** @type {any} */ tenant) => ({ key: tenant.slug, tenant, load: tenant, part: partOf(tenant, whole) }));
  const { others } = whole;
  return others.tenants ? [...named, { key: "others", others: others.tenants, load: others, part: partOf(others, whole) }] : named;
}

/** @param {number} part */
export function percent(part) {
  const shown = part * 100;
  return shown > 0 && shown < 1 ? "< 1 %" : `${Math.round(shown)} %`;
}
