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

/**
 * Those of these names that a query has, as the API takes them.
 * @param {URLSearchParams} query
 * @param {string[]} names
 * @returns {Record<string, string>}
 */
export function filtersOf(query, names) {
  return Object.fromEntries(names.flatMap((name) => (query.get(name) ? [[name, query.get(name) ?? ""]] : [])));
}

/** Whether a moment lies between `since` and `until`. @param {Record<string, string>} filters @param {string} at */
export function isWithin({ since, until }, at) {
  const time = Date.parse(at);
  return !(since && time < Date.parse(since)) && !(until && time >= Date.parse(until));
}
