// @ts-check
// What who looks after the instance should see to, the most pressing first.

import { plural } from "./format.js";
import { machineConcerns } from "./machine.js";
import { isBackupFailing, standingOf } from "./standing.js";

const OLD_MS = 2 * 86_400_000;

/**
 * @typedef {{ key: string, tone: "bad" | "warn", text: string, href?: string, word?: string }} Concern
 */

/**
 * @param {{ troubles: { path: string, message: string }[], machine?: any, backups?: any, now?: number, places: { slug: string, name: string, handlers: any[], endlessKeys: string[] }[] }} seen
 *   what keeps the server from its work; the machine and its backups, for who may see them; and what there is in the tenants that one has a place in
 * @returns {Concern[]}
 */
export function adviceOf({ troubles, machine, backups, now = 0, places }) {
  /** @type {Concern[]} */
  const found = troubles.map(({ path, message }) => ({ key: path, tone: "bad", text: `${path}: ${message}` }));
  // What is missing altogether is among the troubles already.
  if (machine) found.push(...machineConcerns(machine).filter(({ key }) => !troubles.some(({ path }) => path === key)));
  if (backups) found.push(...adviceOnBackups(backups, now));
  for (const { slug, name, handlers, endlessKeys } of places) {
    const stopped = handlers.filter((one) => ["given_up", "gone", "probing"].includes(standingOf(one)));
    const failing = handlers.filter((one) => standingOf(one) === "failing");
    if (stopped.length) found.push({ key: `stopped ${slug}`, tone: "bad", text: `In ${name} ${listOf(stopped)} kept failing and ${stopped.length === 1 ? "is" : "are"} disabled.`, href: `/t/${slug}/handlers`, word: "See why" });
    if (failing.length) found.push({ key: `failing ${slug}`, tone: "warn", text: `In ${name} ${listOf(failing)} ${failing.length === 1 ? "fails" : "fail"}.`, href: `/t/${slug}/handlers`, word: "See why" });
    const many = endlessKeys.length;
    if (many) found.push({ key: `keys ${slug}`, tone: "warn", text: `In ${name} ${plural(many, "API key")} ${many === 1 ? "ends" : "end"} never and ${many === 1 ? "is" : "are"} good for every path: ${endlessKeys.slice(0, 3).join(", ")}${many > 3 ? " …" : ""}.`, href: `/t/${slug}/keys`, word: "See which" });
  }
  return found.sort((a, b) => Number(b.tone === "bad") - Number(a.tone === "bad"));
}

/** @param {any} backups @param {number} now @returns {Concern[]} */
function adviceOnBackups(backups, now) {
  const concern = (/** @type {"bad" | "warn"} */ tone, /** @type {string} */ text) => [{ key: "backups", tone, text, href: "/instance/backups", word: "See the backups" }];
  if (isBackupFailing(backups)) return concern("bad", `The last backup failed: ${backups.lastFailure.error ?? "no error was told"}`);
  if (!backups.lastSuccess) return concern("warn", "There is no backup yet.");
  const age = now - Date.parse(backups.lastSuccess);
  return age > OLD_MS ? concern("warn", `The newest backup is ${plural(Math.floor(age / 86_400_000), "day")} old.`) : [];
}

/** @param {any[]} handlers */
function listOf(handlers) {
  const names = handlers.slice(0, 3).map((one) => one.name).join(", ");
  return `the ${handlers.length === 1 ? "handler" : "handlers"} ${names}${handlers.length > 3 ? ` and ${handlers.length - 3} more` : ""}`;
}
