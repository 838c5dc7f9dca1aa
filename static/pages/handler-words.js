// @ts-check
// What handlers are, in words.

import { duration } from "../lib/format.js";

/** @param {any} target */
export function targetWord(target) {
  if (target?.webhook) return `webhook ${target.webhook}`;
  if (target?.job) return `job ${target.job}`;
  if (target?.queue) return `workers outside, queue ${target.queue}`;
  return target?.handler ? "part of the server" : "";
}

/** @param {any} backoff */
export function backoffWord(backoff) {
  if (backoff.kind === "webhooks") return "5 s, then longer, up to a day";
  if (backoff.kind === "fixed") return `${duration(backoff.seconds * 1_000)} each`;
  return `${duration(backoff.firstSeconds * 1_000)}, doubling up to ${duration(backoff.mostSeconds * 1_000)}`;
}

/** Why one is disabled and what comes next, as a sentence; nothing while it is enabled. @param {any} one */
export function whyDisabled(one) {
  if (one.state === "probing") return "It kept failing and was disabled. One of the deliveries that wait is being tried now; when it arrives, the handler is enabled again.";
  if (one.state !== "disabled") return "";
  if (one.disabledFor === "by_hand") return "Somebody disabled it. What comes for it waits until it is enabled.";
  if (one.disabledFor === "gone") return "It answered that it is gone for good (410). What comes for it waits until somebody enables it.";
  return one.recovery === "probe"
    ? "Five different events failed in a row. What comes for it waits; now and then one is tried, and when it arrives the handler is enabled again."
    : "Five different events failed in a row. What comes for it waits until somebody has looked and enables it.";
}
