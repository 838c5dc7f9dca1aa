// @ts-check
// Queries as addresses have them.

/**
 * @param {Record<string, any> | URLSearchParams} [query]
 * @returns {string} with its question mark, or nothing
 */
export function queryOf(query) {
  if (!query) return "";
  const pairs = query instanceof URLSearchParams ? [...query] : Object.entries(query);
  const kept = pairs.filter(([, value]) => value !== undefined && value !== null && value !== "");
  const text = new URLSearchParams(kept.map(([name, value]) => [name, String(value)])).toString();
  return text && `?${text}`;
}
