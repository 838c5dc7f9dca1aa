// @ts-check
// The words and looks of states, the same on every page.

/** @typedef {{ word: string, shape: string, tone: string }} Look */

/** @type {Record<string, Look>} */
const LOOKS = {
  scheduled: { word: "scheduled", shape: "clock", tone: "soft" },
  ready: { word: "ready", shape: "ring", tone: "soft" },
  running: { word: "running", shape: "half", tone: "busy" },
  done: { word: "done", shape: "disc", tone: "good" },
  dead: { word: "dead", shape: "cross", tone: "bad" },
  cancelled: { word: "cancelled", shape: "slash", tone: "soft" },

  active: { word: "active", shape: "disc", tone: "good" },
  enabled: { word: "enabled", shape: "disc", tone: "good" },
  disabled: { word: "disabled", shape: "slash", tone: "warn" },
  paused: { word: "paused", shape: "bars", tone: "warn" },
  suspended: { word: "suspended", shape: "bars", tone: "warn" },
  deleting: { word: "being deleted", shape: "slash", tone: "warn" },

  open: { word: "open", shape: "ring", tone: "busy" },
  in_progress: { word: "in progress", shape: "half", tone: "busy" },
  approved: { word: "approved", shape: "disc", tone: "good" },
  rejected: { word: "rejected", shape: "cross", tone: "bad" },

  enqueued: { word: "enqueued", shape: "disc", tone: "good" },
  skipped: { word: "skipped", shape: "slash", tone: "soft" },
  refused: { word: "refused", shape: "cross", tone: "bad" },

  snoozed: { word: "snoozed", shape: "clock", tone: "soft" },
  returned: { word: "given back", shape: "ring", tone: "soft" },
  handler_error: { word: "failed", shape: "cross", tone: "bad" },
  timed_out: { word: "timed out", shape: "cross", tone: "bad" },
  worker_lost: { word: "worker lost", shape: "cross", tone: "bad" },
  process_restarted: { word: "server restarted", shape: "slash", tone: "warn" },
  failing: { word: "failing", shape: "cross", tone: "bad" },
  waiting: { word: "waits its turn", shape: "clock", tone: "soft" },
  held: { word: "held", shape: "bars", tone: "warn" },
  discarded: { word: "put away", shape: "slash", tone: "soft" },
  replayed: { word: "replayed", shape: "ring", tone: "soft" },
  delivered: { word: "delivered", shape: "disc", tone: "good" },
  pending: { word: "pending", shape: "ring", tone: "busy" },

  healthy: { word: "healthy", shape: "disc", tone: "good" },
  untried: { word: "nothing yet", shape: "ring", tone: "soft" },
  probing: { word: "being tried", shape: "half", tone: "busy" },
  given_up: { word: "disabled by itself", shape: "cross", tone: "bad" },
  gone: { word: "gone for good", shape: "cross", tone: "bad" },

  ok: { word: "ok", shape: "disc", tone: "good" },
  failed: { word: "failed", shape: "cross", tone: "bad" },
};

/**
 * @param {string} state
 * @returns {Look}
 */
export function lookOf(state) {
  return LOOKS[state] ?? { word: state.replaceAll("_", " "), shape: "ring", tone: "soft" };
}

export const JOB_STATES = ["scheduled", "ready", "running", "done", "dead", "cancelled"];
export const REQUEST_STATUSES = ["open", "in_progress", "approved", "rejected", "done", "cancelled"];
export const EVENT_STATUSES = ["pending", "failing", "dead", "delivered"];
export const PRIORITIES = ["urgent", "high", "normal", "low"];

/** Where a request may go from each status. */
export const TRANSITIONS = /** @type {Record<string, string[]>} */ ({
  open: ["in_progress", "approved", "rejected", "cancelled"],
  in_progress: ["open", "approved", "rejected", "done", "cancelled"],
  approved: ["in_progress", "done", "cancelled"],
});

/**
 * Who acted, in words: `user:<id>` by his name.
 * @param {string} actor
 * @param {Map<string, { name: string, email: string }>} [names]
 */
export function actorWord(actor, names) {
  const [kind, id] = actor.split(":");
  if (kind === "user" && id) {
    const person = names?.get(id);
    return person ? person.name || person.email : `user ${id.slice(-8)}`;
  }
  if (kind === "system") return "the server";
  return id ? `${kind} ${id.length > 20 ? id.slice(-8) : id}` : (kind ?? actor);
}
