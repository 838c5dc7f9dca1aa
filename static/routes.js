// @ts-check
// The pages: where each is, what it is called, who may see it. To add one, write it in pages/ and
// add its line. A page is in tenants (`/t/acme/runs`), in the instance (`/instance/runs`), in both,
// or in neither.

/**
 * @typedef {object} Page
 * @property {string} path
 * @property {string} name
 * @property {() => Promise<{ default: (props: any) => any }>} load
 * @property {string} [group] in which part of the navigation it is listed; nowhere without
 * @property {string} [needs] the permission without which it shows nothing
 */

/** @typedef {Page & { where: "tenants" | "instance" | "both" | "neither" }} Line */

/** @type {Line[]} */
const LINES = [
  { where: "tenants", path: "", name: "Overview", group: "Work", needs: "jobs:read", load: () => import("./pages/overview.js") },
  { where: "instance", path: "", name: "Tenants", group: "Instance", needs: "tenants:read", load: () => import("./pages/tenants.js") },
  { where: "instance", path: "/tenants/:id", name: "Tenant", needs: "tenants:read", load: () => import("./pages/tenant.js") },
  { where: "instance", path: "/accounts", name: "Accounts", group: "Instance", needs: "users:read", load: () => import("./pages/users.js") },
  { where: "instance", path: "/owners", name: "Owners", group: "Instance", needs: "members:read", load: () => import("./pages/members.js") },
  { where: "instance", path: "/system", name: "System", group: "Instance", needs: "metrics:read", load: () => import("./pages/system.js") },
  { where: "instance", path: "/backups", name: "Backups", group: "Instance", needs: "backups:read", load: () => import("./pages/backups.js") },
  { where: "both", path: "/runs", name: "Runs", group: "Work", needs: "jobs:read", load: () => import("./pages/runs.js") },
  { where: "both", path: "/runs/:id", name: "Run", needs: "jobs:read", load: () => import("./pages/run.js") },
  { where: "both", path: "/queues", name: "Queues", group: "Work", needs: "jobs:read", load: () => import("./pages/queues.js") },
  { where: "both", path: "/schedules", name: "Schedules", group: "Work", needs: "schedules:read", load: () => import("./pages/schedules.js") },
  { where: "both", path: "/schedules/:id", name: "Schedule", needs: "schedules:read", load: () => import("./pages/schedule.js") },
  { where: "tenants", path: "/requests", name: "Requests", group: "Work", needs: "requests:read", load: () => import("./pages/requests.js") },
  { where: "tenants", path: "/requests/:id", name: "Request", needs: "requests:read", load: () => import("./pages/request.js") },
  { where: "both", path: "/events", name: "Events", group: "Events", needs: "events:read", load: () => import("./pages/events.js") },
  { where: "both", path: "/events/types", name: "Types of events", group: "Events", needs: "events:read", load: () => import("./pages/event-types.js") },
  { where: "both", path: "/events/:id", name: "Event", needs: "events:read", load: () => import("./pages/event.js") },
  { where: "both", path: "/handlers", name: "Handlers", group: "Events", needs: "subscriptions:read", load: () => import("./pages/handlers.js") },
  { where: "both", path: "/handlers/:id", name: "Handler", needs: "subscriptions:read", load: () => import("./pages/handler.js") },
  { where: "both", path: "/dead-letters", name: "Dead letters", group: "Events", needs: "dead-letters:read", load: () => import("./pages/dead-letters.js") },
  { where: "both", path: "/traces", name: "Traces", group: "Telemetry", needs: "telemetry:read", load: () => import("./pages/traces.js") },
  { where: "both", path: "/traces/:id", name: "Trace", needs: "telemetry:read", load: () => import("./pages/trace.js") },
  { where: "both", path: "/logs", name: "Log", group: "Telemetry", needs: "telemetry:read", load: () => import("./pages/logs.js") },
  { where: "both", path: "/errors", name: "Errors", group: "Telemetry", needs: "telemetry:read", load: () => import("./pages/errors.js") },
  { where: "tenants", path: "/members", name: "Members", group: "People", needs: "members:read", load: () => import("./pages/members.js") },
  { where: "tenants", path: "/users", name: "Users", group: "People", needs: "users:read", load: () => import("./pages/users.js") },
  { where: "tenants", path: "/roles", name: "Roles", group: "People", needs: "roles:read", load: () => import("./pages/roles.js") },
  { where: "tenants", path: "/keys", name: "API keys", group: "People", needs: "keys:read", load: () => import("./pages/keys.js") },
  { where: "tenants", path: "/keys/new", name: "Make an API key", needs: "keys:write", load: () => import("./pages/key-new.js") },
  { where: "tenants", path: "/settings", name: "Settings", group: "Tenant", needs: "tenant:read", load: () => import("./pages/settings.js") },
  { where: "tenants", path: "/issuers", name: "Issuers", group: "Tenant", needs: "issuers:read", load: () => import("./pages/issuers.js") },
  { where: "both", path: "/audit", name: "Audit", group: "Tenant", needs: "audit:read", load: () => import("./pages/audit.js") },
  { where: "both", path: "/api", name: "API", group: "Tenant", load: () => import("./pages/api.js") },
  { where: "neither", path: "/me", name: "You", load: () => import("./pages/me.js") },
];

const PREFIXES = { tenants: ["/t/:tenant"], instance: ["/instance"], both: ["/t/:tenant", "/instance"], neither: [""] };

/** @type {Page[]} */
export const PAGES = LINES.flatMap(({ where, path, group, ...page }) =>
  PREFIXES[where].map((prefix) => ({ ...page, path: prefix + path, group: group && prefix === "/instance" && group === "Tenant" ? "Instance" : group })),
);

/** Pages for who is not signed in. @type {Page[]} */
export const DOORS = [
  { path: "/sign-in", name: "Sign in", load: () => import("./pages/sign-in.js") },
  { path: "/setup", name: "The first run", load: () => import("./pages/setup.js") },
];
