// @ts-check
// Which events a subscription means: patterns of types, and comparisons over payloads, as the server
// reads them. The server decides; here it is only shown before it is asked.

const PATTERN = /^(\*|[a-z0-9_-]+(\.[a-z0-9_-]+)*\.\*|[a-z0-9_-]+(\.[a-z0-9_-]+)+)$/;
const TYPE = /^[a-z0-9_-]+(\.[a-z0-9_-]+)+$/;

/** @param {string} text */
export const isPattern = (text) => text.length <= 100 && PATTERN.test(text);

/** @param {string} text */
export const isType = (text) => text.length <= 100 && TYPE.test(text);

/** Whether a pattern means a type. @param {string} pattern @param {string} type */
export function means(pattern, type) {
  return pattern.endsWith("*") ? type.startsWith(pattern.slice(0, -1)) : pattern === type;
}

/**
 * Patterns that are worth proposing: every type, and every prefix that several share.
 * @param {string[]} types
 */
export function proposals(types) {
  const prefixes = types.map((type) => `${type.slice(0, type.lastIndexOf("."))}.*`);
  return ["*", ...new Set([...prefixes, ...types].sort())];
}

/**
 * Whether a payload meets every comparison of a filter.
 * @param {any} filter
 * @param {any} payload
 */
export function meets(filter, payload) {
  return Object.entries(filter ?? {}).every(([path, wanted]) => {
    const found = path.split(".").reduce((value, part) => (isObject(value) && part in value ? value[part] : undefined), payload);
    const tests = isObject(wanted) ? Object.entries(wanted) : [["eq", wanted]];
    return tests.every(([operator, value]) => compare(operator, found, value));
  });
}

/** @param {any} value */
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/** @param {string} operator @param {any} found @param {any} value */
function compare(operator, found, value) {
  const isSame = (/** @type {any} */ one) => found !== undefined && JSON.stringify(found) === JSON.stringify(one);
  // Numbers with numbers, texts with texts.
  const isOrdered = typeof found === typeof value && ["number", "string"].includes(typeof found);
  switch (operator) {
    case "eq": return isSame(value);
    case "ne": return !isSame(value);
    case "gt": return isOrdered && found > value;
    case "gte": return isOrdered && found >= value;
    case "lt": return isOrdered && found < value;
    case "lte": return isOrdered && found <= value;
    case "in": return Array.isArray(value) && value.some(isSame);
    case "exists": return (found !== undefined) === value;
    default: return false;
  }
}
