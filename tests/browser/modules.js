// What a module needs to begin: all that it imports, and what that imports.

import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const STATIC = fileURLToPath(new URL("../../static/", import.meta.url));

/** Every file of the front end. @returns {string[]} paths below `static/` */
export function files() {
  const found = readdirSync(STATIC, { recursive: true, withFileTypes: true });
  return found.filter((entry) => entry.isFile()).map((entry) => `${entry.parentPath}/${entry.name}`.replaceAll("//", "/").replace(STATIC, "")).sort();
}

/** @param {string} path */
export const textOf = (path) => readFileSync(STATIC + path, "utf8");

/** What a module imports at once. @param {string} path @returns {string[]} */
export function importsOf(path) {
  const found = [...textOf(path).matchAll(/(?:import|export)[^"'()]*?from\s*["']([^"']+)["']/g)].map(([, name]) => name ?? "");
  return found.map((name) => new URL(name, `file:///${path}`).pathname.slice(1));
}

/** All that a module waits for. @param {string} first @returns {string[]} */
export function closureOf(first) {
  const seen = new Set([first]);
  for (const path of seen) for (const next of importsOf(path)) seen.add(next);
  return [...seen].sort();
}
