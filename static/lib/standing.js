// @ts-check
// How handlers and backups stand; and which of them somebody should be told of.

/**
 * @param {{ state: string, disabledFor?: string | null, health?: any, failuresInARow?: number, successes?: number, failures?: number }} handler
 *   as the list of subscriptions or the table of health has it
 */
export function standingOf(handler) {
  const { failuresInARow = 0, successes = 0, failures = 0 } = { ...handler, ...handler.health };
  if (handler.state === "probing") return "probing";
  if (handler.state === "disabled") return { by_hand: "disabled", gone: "gone" }[handler.disabledFor ?? ""] ?? "given_up";
  if (failuresInARow > 0) return "failing";
  return successes + failures > 0 ? "healthy" : "untried";
}

/**
 * Handlers that were disabled without anybody's doing.
 * @param {any[]} subscriptions
 * @param {(path: string) => string} at
 * @returns {{ key: string, tone: "bad" | "warn", text: string, href: string, word: string }[]}
 */
export function noticesOf(subscriptions, at) {
  return subscriptions
    .filter((one) => one.state !== "enabled" && one.disabledFor && one.disabledFor !== "by_hand")
    .map(({ id, name, disabledFor, disabledAt, waiting }) => ({
      key: `handler ${id} ${disabledAt}`,
      tone: /** @type {const} */ ("bad"),
      text: `${disabledFor === "gone" ? `The handler ${name} is gone for good` : `The handler ${name} kept failing and was disabled`}.${waiting ? ` ${waiting === 1 ? "A delivery waits" : `${waiting} deliveries wait`} for it.` : ""}`,
      href: at(`/handlers/${id}`),
      word: "See why",
    }));
}

/** Whether the last backup failed, and none was made since. @param {any} backups */
export function isBackupFailing({ lastFailure, lastSuccess }) {
  return Boolean(lastFailure) && (!lastSuccess || Date.parse(lastFailure.finishedAt ?? lastFailure.createdAt) > Date.parse(lastSuccess));
}

/**
 * @param {any} backups
 * @returns {ReturnType<typeof noticesOf>}
 */
export function backupNotices(backups) {
  if (!isBackupFailing(backups)) return [];
  const { jobId, error } = backups.lastFailure;
  return [{ key: `backup ${jobId}`, tone: "bad", text: `The last backup failed: ${error ?? "no error was told"}`, href: "/instance/backups", word: "See the backups" }];
}
