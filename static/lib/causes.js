// @ts-check
// What caused something, and where that is to be seen.

/** @typedef {Pick<import("./session.js").Here, "can" | "at">} Where */

/**
 * The page of an entry of a timeline, if one may see it.
 * @param {Where} here
 * @param {{ id: string, kind: string }} entry
 */
export function hrefOfEntry(here, { id, kind }) {
  if (kind === "event") return here.can("events:read") ? here.at(`/events/${id}`) : undefined;
  return here.can("jobs:read") ? here.at(`/runs/${id}`) : undefined;
}

/**
 * Where what a trace set going is to be seen: step by step, or its runs.
 * @param {Where} here
 * @param {string} traceId
 */
export function hrefOfTrace(here, traceId) {
  if (here.can("telemetry:read")) return here.at(`/traces/${traceId}`);
  return here.can("jobs:read") ? here.at(`/runs?traceId=${traceId}`) : undefined;
}

/**
 * What `job:<id>`, `event:<id>` or `schedule:<id>` is, in words and with its page.
 * @param {Where} here
 * @param {string | null | undefined} cause
 * @returns {{ word: string, href?: string } | null}
 */
export function causeOf(here, cause) {
  if (!cause) return null;
  const [kind = "", id = ""] = cause.split(":");
  const known = /** @type {Record<string, [string, string, string]>} */ ({
    job: ["a job", "jobs:read", `/runs/${id}`],
    event: ["an event", "events:read", `/events/${id}`],
    schedule: ["a schedule", "schedules:read", `/schedules/${id}`],
  })[kind];
  if (!known) return { word: cause };
  const [word, needs, path] = known;
  return { word, href: here.can(needs) ? here.at(path) : undefined };
}
