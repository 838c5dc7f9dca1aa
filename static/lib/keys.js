// @ts-check
// Keys under which rows are drawn, so that what was drawn for those that went serves for those that
// came: to change a few words costs far less than to make a row anew.

import { useRef } from "./view.js";

/**
 * @param {Map<string, number>} before the key of each that was there
 * @param {string[]} ids those that are there now
 * @param {number} next a key that nobody had yet
 * @returns {{ keys: Map<string, number>, next: number }}
 */
export function handOn(before, ids, next) {
  const here = new Set(ids);
  const free = [...before].filter(([id]) => !here.has(id)).map(([, key]) => key);
  let at = 0;
  const keys = new Map(ids.map((id) => [id, before.get(id) ?? free[at++] ?? next++]));
  return { keys, next };
}

/**
 * @param {string[]} ids
 * @param {boolean} mayServe whether what was drawn may serve for others
 * @returns {(id: string) => number}
 */
export function useKeys(ids, mayServe) {
  const held = useRef({ keys: /** @type {Map<string, number>} */ (new Map()), next: 0 });
  const { keys, next } = held.current;
  const stay = mayServe ? keys : new Map([...keys].filter(([id]) => ids.includes(id)));
  held.current = handOn(stay, ids, next);
  const drawn = held.current.keys;
  return (id) => drawn.get(id) ?? -1;
}
