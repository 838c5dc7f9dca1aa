// @ts-check
// Addresses: which page they name, and filters that stand in them.

import { filtersOf } from "./query.js";
import { store, useStore } from "./store.js";

const here = store(location.pathname + location.search);

addEventListener("popstate", () => here.set(location.pathname + location.search));

/** Follows links of this server without loading the page anew. */
export function followLinks() {
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
    if (!link || event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    if (link.hasAttribute("download") || link.getAttribute("target")) return;
    const url = new URL(/** @type {any} */ (link).href, location.href);
    if (url.origin !== location.origin || url.pathname.startsWith("/api")) return;
    if (url.hash && url.pathname === location.pathname && url.search === location.search) return;
    event.preventDefault();
    go(url.pathname + url.search);
  });
}

/**
 * @param {string} href
 * @param {{ replace?: boolean }} [how]
 */
export function go(href, { replace = false } = {}) {
  if (href === here.get()) return;
  history[replace ? "replaceState" : "pushState"](null, "", href);
  const samePage = href.split("?")[0] === here.get().split("?")[0];
  here.set(href);
  if (!samePage) scrollTo(0, 0);
}

/** @returns {{ href: string, path: string, query: URLSearchParams }} */
export function useAddress() {
  const href = useStore(here);
  const [path, search] = href.split("?");
  return { href, path: path ?? "/", query: new URLSearchParams(search ?? "") };
}

/** The filters of these names that stand in the address. @param {string[]} names */
export const useFilters = (names) => filtersOf(useAddress().query, names);

/**
 * Changes the filters in the address; what is empty goes.
 * @param {Record<string, any>} change
 * @param {{ push?: boolean }} [how]
 */
export function setQuery(change, { push = false } = {}) {
  const [path, search] = here.get().split("?");
  const query = new URLSearchParams(search ?? "");
  for (const [name, value] of Object.entries(change)) {
    if (value === undefined || value === null || value === "" || value === false) query.delete(name);
    else query.set(name, String(value));
  }
  const text = query.toString();
  go(path + (text && `?${text}`), { replace: !push });
}
