// @ts-check
// The patterns of paths.

/**
 * What a path has in the place of each `:name` of a pattern, if it fits.
 * @param {string} pattern
 * @param {string} path
 * @returns {Record<string, string> | null}
 */
export function match(pattern, path) {
  const wanted = pattern.split("/");
  const given = path.replace(/(.)\/$/, "$1").split("/");
  if (wanted.length !== given.length) return null;
  /** @type {Record<string, string>} */
  const found = {};
  for (const [at, part] of wanted.entries()) {
    const text = given[at] ?? "";
    if (!part.startsWith(":")) {
      if (part !== text) return null;
      continue;
    }
    if (!text) return null;
    try {
      found[part.slice(1)] = decodeURIComponent(text);
    } catch {
      return null;
    }
  }
  return found;
}

/**
 * @param {string} pattern
 * @param {Record<string, string>} values
 */
export function fill(pattern, values) {
  return pattern.replace(/:(\w+)/g, (_, name) => encodeURIComponent(values[name] ?? ""));
}
