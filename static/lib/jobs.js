// @ts-check
// Lists of jobs and their filters, as the address bar has them.

import { isWithin } from "./query.js";

/**
 * Whether one may do something to jobs of this kind. One that is not known here is of workers outside.
 * @param {import("./session.js").Here} here
 * @param {any} kind as `/api/job-kinds` has it
 */
export const mayDo = (here, kind) => !kind?.needs || here.can(kind.needs);

/**
 * Whether one may make jobs of this kind.
 * @param {import("./session.js").Here} here
 * @param {any} kind
 */
export const mayMake = (here, kind) => kind.open && mayDo(here, kind);

/**
 * Whether a job that was heard of belongs to the list. What only the server can tell is left to it.
 * @param {Record<string, string>} filters
 * @param {any} job
 */
export function fits(filters, job) {
  const { state, jobName, queue, tag, search, traceId } = filters;
  if (state && job.state !== state) return false;
  if (jobName && job.jobName !== jobName) return false;
  if (queue && job.queue !== queue) return false;
  if (tag && !job.tags.includes(tag)) return false;
  if (traceId && job.envelope.traceId !== traceId) return false;
  if (!isWithin(filters, job.createdAt)) return false;
  if (search) return job.id === search || [job.uniqueKey, job.error].some((text) => text?.includes(search));
  return true;
}

/**
 * Takes in jobs as they are now: those of the list are changed where they stand, new ones are kept
 * apart until somebody wants them at the top.
 * @param {{ rows: any[], newer: any[] }} list the newest first
 * @param {any[]} heard
 * @param {Record<string, string>} filters
 * @param {(filters: Record<string, string>, one: any) => boolean} [belongs]
 */
export function takeIn({ rows, newer }, heard, filters, belongs = fits) {
  const byId = new Map(heard.map((job) => [job.id, job]));
  const isHere = new Set([...rows, ...newer].map(({ id }) => id));
  const newest = rows[0]?.id ?? "";
  const renew = (/** @type {any} */ row) => byId.get(row.id) ?? row;
  const arrived = heard.filter((job) => !isHere.has(job.id) && job.id > newest && belongs(filters, job));
  return {
    rows: rows.map(renew),
    newer: [...arrived, ...newer.map(renew)].sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, 200),
  };
}

/**
 * Takes in the newest page as it is now, after something was missed. When so much is new that it does
 * not meet the list any more, it is the list.
 * @param {{ rows: any[], newer: any[], next: string | null }} list
 * @param {{ data: any[], meta: any }} page
 * @param {Record<string, string>} filters
 * @param {(filters: Record<string, string>, one: any) => boolean} [belongs]
 */
export function catchUp(list, { data, meta }, filters, belongs = fits) {
  const known = new Set([...list.rows, ...list.newer].map(({ id }) => id));
  const meets = !meta.nextCursor || data.some(({ id }) => known.has(id));
  return meets ? { ...list, ...takeIn(list, data, filters, belongs) } : { rows: data, newer: [], next: meta.nextCursor };
}

/** What can be done to a job by hand in its state. @param {string} state */
export function actsFor(state) {
  return {
    retry: ["done", "dead", "cancelled"].includes(state),
    runNow: state === "scheduled",
    cancel: ["scheduled", "ready", "running"].includes(state),
    remove: state !== "running",
    edit: ["scheduled", "ready"].includes(state),
  };
}
