// @ts-check
// Lists that are short enough to be had whole, and that several pages ask for. Who may not read one has none of it.

/** @typedef {Pick<import("./session.js").Here, "can" | "read">} Where */

/**
 * @param {string} permission
 * @param {string} path
 */
export const whole = (permission, path) => async (/** @type {Where} */ here, /** @type {AbortSignal | undefined} */ signal = undefined) =>
  /** @type {any[]} */ (here.can(permission) ? await here.read(path, signal) : []);

export const listHandlers = whole("subscriptions:read", "/api/subscriptions?limit=200");
export const listTypes = whole("events:read", "/api/event-types");
export const listLetterGroups = whole("dead-letters:read", "/api/dead-letters/groups?limit=200");
