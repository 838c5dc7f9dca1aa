// @ts-check
// Who is signed in, where he has a place, and what he may do there.

import { Refused, send, strangers } from "./api.js";
import { store } from "./store.js";
import { createContext, useContext } from "./view.js";

/**
 * @typedef {{ id: string, slug: string, name: string, state: string, role: string }} Place
 * @typedef {object} Session
 * @property {{ id: string, email: string, name: string }} user
 * @property {string} realm where he signed in: `instance`, or a tenant's slug
 * @property {Place[]} places
 * @property {Set<string>} instance what he may do in the instance
 * @property {Held} held what he may do in the tenant that is looked at
 */

/** What one may do in a tenant, once it is known, or why it is not. @typedef {{ tenant: string, rights?: Set<string>, error?: any }} Held */

/** Who uses this tab, as far as it knows; nothing while nobody does. */
export const account = store("");

/** When that was asked last. */
let foundAt = -Infinity;
const SURE_MS = 5_000;

/**
 * Whether the browser's session is still that of this account.
 * @param {string} id
 */
export async function isStill(id) {
  if (performance.now() - foundAt < SURE_MS) return account.get() === id;
  return (await send("GET", "/api")).data?.actor === `user:${id}`;
}

/** Where it is kept that somebody is signed in here, as far as this browser knows. */
const HINT = "signed-in";

/** The session is over. */
export const forgetSession = () => localStorage.removeItem(HINT);
strangers.watch(forgetSession);

/** What tabs tell each other: that somebody signed in or out. */
const doors = new BroadcastChannel("steading doors");

/** Tells the other tabs. */
export const tellTabs = () => doors.postMessage("changed");

/** @param {() => void} on */
export function hearTabs(on) {
  const hear = () => {
    // What another tab keeps may come later than its word.
    forgetSession();
    on();
  };
  doors.addEventListener("message", hear);
  return () => doors.removeEventListener("message", hear);
}

/**
 * Who is signed in, if anybody is, and what he may do where he looks. What listens for another stops.
 * @param {string} tenant
 * @returns {Promise<Session | null>}
 */
export async function findSession(tenant) {
  const found = await askSession(tenant);
  foundAt = performance.now();
  account.set(found?.user.id ?? "");
  if (found) localStorage.setItem(HINT, "yes");
  else forgetSession();
  return found;
}

/**
 * Asks everything at once where somebody was signed in before; who was not is asked first in a way
 * that is no error for him.
 * @param {string} tenant
 * @returns {Promise<Session | null>}
 */
async function askSession(tenant) {
  if (!localStorage.getItem(HINT)) {
    const greeting = await send("GET", "/api").catch(ifRefused);
    if (!greeting?.data?.actor?.startsWith("user:")) return null;
  }
  const asked = ["/api/auth/session", "/api/auth/tenants", "/api/auth/permissions"].map((path) => send("GET", path));
  const elsewhere = tenant && tenant !== "instance" ? rightsIn(tenant) : undefined;
  const [found, places, home] = (await Promise.all(asked).catch(ifRefused)) ?? [];
  if (!found || !places || !home) return null;
  // What is asked for without naming a tenant is about where one is at home.
  const instance = /** @type {Set<string>} */ (home.data.tenant === "instance" ? heldIn(home.data) : new Set());
  const held = (await elsewhere) ?? { tenant, rights: tenant ? instance : new Set() };
  return { ...found.data, places: places.data, instance, held };
}

/** @param {unknown} error */
function ifRefused(error) {
  if (error instanceof Refused && error.status === 401) return null;
  throw error;
}

/**
 * The permissions that one holds in a tenant.
 * @param {string} tenant
 * @returns {Promise<Held>}
 */
export async function rightsIn(tenant) {
  try {
    return { tenant, rights: heldIn((await send("GET", "/api/auth/permissions", { tenant })).data) };
  } catch (error) {
    return { tenant, error };
  }
}

/** @param {{ permissions: Record<string, boolean> }} answered @returns {Set<string>} */
function heldIn({ permissions }) {
  return new Set(Object.keys(permissions).filter((name) => permissions[name]));
}

/**
 * @typedef {object} Here
 * @property {Session} session
 * @property {string} tenant the slug of the tenant that is looked at; `instance` for the instance
 * @property {(permission: string) => boolean} can
 * @property {(method: string, path: string, call?: import("./api.js").Call) => Promise<{ data: any, meta: any, status: number }>} call
 * @property {(path: string, signal?: AbortSignal) => Promise<any>} read what a GET answers
 * @property {(path: string) => string} at the address of a page of this tenant
 * @property {() => Promise<void>} refresh asks anew who one is
 * @property {(ids: (string | null | undefined)[]) => Promise<Map<string, { name: string, email: string }>>} names
 */

export const Here = createContext(/** @type {Here} */ (/** @type {unknown} */ (null)));

/** Where the page is: its tenant, and what may be done there. */
export function useHere() {
  return useContext(Here);
}

/**
 * @param {Session} session
 * @param {string} tenant
 * @param {Set<string>} held
 * @param {() => Promise<void>} refresh
 * @returns {Here}
 */
export function hereOf(session, tenant, held, refresh) {
  /** @type {Map<string, any>} */
  const known = new Map();
  /** @type {Here["call"]} */
  const call = (method, path, how = {}) => send(method, path, { tenant, ...how });
  return {
    session, tenant, call, refresh,
    read: async (path, signal) => (await call("GET", path, { signal })).data,
    can: (permission) => held.has(permission),
    at: (path) => (tenant === "instance" ? `/instance${path}` : `/t/${tenant}${path}`),
    async names(ids) {
      const wanted = [...new Set(ids)].filter((id) => id && !known.has(id));
      if (wanted.length && held.has("people:read")) {
        for (let from = 0; from < wanted.length; from += 50) {
          const { data } = await call("GET", "/api/people", { query: { ids: wanted.slice(from, from + 50).join(",") } });
          for (const person of data) known.set(person.id, person);
        }
      }
      if (!known.has(session.user.id)) known.set(session.user.id, session.user);
      return known;
    },
  };
}
