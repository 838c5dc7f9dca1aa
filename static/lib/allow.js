// @ts-check
// What permissions allow, in words: for the grid of roles, and for API keys before they are made.

/**
 * Whether a pattern, such as `requests:*` or `*:read`, stands for a permission.
 * @param {string} pattern
 * @param {string} permission
 */
export function covers(pattern, permission) {
  const [area, verb] = pattern.split(":");
  const [ofArea, ofVerb] = permission.split(":");
  return (area === "*" || area === ofArea) && (verb === "*" || verb === ofVerb);
}

/** @param {string[]} patterns @param {string} permission */
export const holds = (patterns, permission) => patterns.some((pattern) => covers(pattern, permission));

/**
 * Permissions by their area, as the grid shows them.
 * @template {{ name: string }} P
 * @param {P[]} permissions
 * @returns {{ area: string, verbs: Map<string, P> }[]}
 */
export function byArea(permissions) {
  /** @type {Map<string, Map<string, P>>} */
  const areas = new Map();
  for (const permission of permissions) {
    const [area = "", verb = ""] = permission.name.split(":");
    if (!areas.has(area)) areas.set(area, new Map());
    areas.get(area)?.set(verb, permission);
  }
  return [...areas].map(([area, verbs]) => ({ area, verbs }));
}

/**
 * Whether one of these resources, such as `requests/*`, may be the path of an operation.
 * @param {string[]} resources none means every path
 * @param {string} path as the document has it: `/api/requests/{id}`
 */
export function mayReach(resources, path) {
  if (!resources.length) return true;
  const parts = path.replace(/^\/api\//, "");
  const fixed = parts.split("{")[0] ?? "";
  return resources.some((resource) => {
    const text = resource.endsWith("*") ? resource.slice(0, -1) : resource;
    if (!parts.includes("{")) return resource.endsWith("*") ? parts.startsWith(text) : parts === text;
    return text.startsWith(fixed) || (resource.endsWith("*") && fixed.startsWith(text));
  });
}

/**
 * The operations that a key would allow.
 * @param {any} document the OpenAPI document
 * @param {string[]} permissions
 * @param {string[]} resources
 * @returns {{ method: string, path: string, summary: string, permission: string }[]}
 */
export function operationsOf(document, permissions, resources) {
  return listOperations(document).filter(({ permission, path }) => permission && holds(permissions, permission) && mayReach(resources, path));
}

/**
 * @param {any} document
 * @returns {{ method: string, path: string, summary: string, permission: string, operation: any }[]}
 */
export function listOperations(document) {
  return Object.entries(document?.paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(), path, operation, summary: operation.summary ?? "", permission: operation["x-permission"] ?? "",
    })),
  );
}

/**
 * What a key would allow, as sentences that somebody understands who does not know permissions.
 * @param {{ permissions: { name: string, summary: string }[], resources: string[], expiresAt?: string | null, tenant: string, now: number }} key
 * @returns {{ may: string[], limits: string[] }}
 */
export function inWords({ permissions, resources, expiresAt, tenant, now }) {
  const may = permissions.map(({ summary }) => summary);
  const limits = [`Only in the tenant ${tenant}, and only while you may do it yourself.`];
  if (resources.length) {
    const named = resources.map((resource) => (resource.endsWith("*") ? `those that begin with /api/${resource.slice(0, -1)}` : `/api/${resource}`));
    limits.push(`Only on these paths: ${named.join(", ")}.`);
  }
  limits.push(expiresAt ? `Until ${wordOfDay(expiresAt, now)}.` : "For ever, until somebody deletes it. A date is safer.");
  return { may, limits };
}

/** @param {string} at @param {number} now */
function wordOfDay(at, now) {
  const days = Math.round((Date.parse(at) - now) / 86_400_000);
  const date = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric" }).format(new Date(at));
  return days > 0 ? `${date}, ${days === 1 ? "a day" : `${days} days`} from now` : date;
}
