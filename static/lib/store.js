// @ts-check
// A value that several parts look at.

import { useEffect, useState } from "./view.js";

/**
 * @template T
 * @typedef {{ get: () => T, set: (value: T) => void, watch: (on: (value: T) => void) => () => void }} Store
 */

/**
 * @template T
 * @param {T} value
 * @returns {Store<T>}
 */
export function store(value) {
  /** @type {Set<(value: T) => void>} */
  const watchers = new Set();
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return;
      value = next;
      for (const tell of [...watchers]) tell(value);
    },
    watch(on) {
      watchers.add(on);
      return () => watchers.delete(on);
    },
  };
}

/**
 * The store's value; what uses it is drawn anew when it changes.
 * @template T
 * @param {Store<T>} held
 * @returns {T}
 */
export function useStore(held) {
  const [value, setValue] = useState(held.get());
  useEffect(() => {
    setValue(() => held.get());
    return held.watch((next) => setValue(() => next));
  }, [held]);
  return value;
}
