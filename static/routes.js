// @ts-check
// The pages: where each is, what it is called, who may see it. To add one, write it in pages/ and
// add its line. `/t/…` is in a tenant, `/instance…` in the instance, the rest in neither.

/**
 * @typedef {object} Page
 * @property {string} path
 * @property {string} name
 * @property {() => Promise<{ default: (props: any) => any }>} load
 * @property {string} [group] in which part of the navigation it is listed; nowhere without
 * @property {string} [needs] the permission without which it shows nothing
 */

/** @type {Page[]} */
export const PAGES = [
  { path: "/t/:tenant", name: "Overview", group: "Work", needs: "jobs:read", load: () => import("./pages/overview.js") },
  { path: "/t/:tenant/runs", name: "Runs", group: "Work", needs: "jobs:read", load: () => import("./pages/runs.js") },
  { path: "/t/:tenant/runs/:id", name: "Run", needs: "jobs:read", load: () => import("./pages/run.js") },
  { path: "/t/:tenant/queues", name: "Queues", group: "Work", needs: "jobs:read", load: () => import("./pages/queues.js") },
  { path: "/t/:tenant/schedules", name: "Schedules", group: "Work", needs: "schedules:read", load: () => import("./pages/schedules.js") },
  { path: "/t/:tenant/schedules/:id", name: "Schedule", needs: "schedules:read", load: () => import("./pages/schedule.js") },
  { path: "/t/:tenant/requests", name: "Requests", group: "Work", needs: "requests:read", load: () => import("./pages/requests.js") },
  { path: "/t/:tenant/requests/:id", name: "Request", needs: "requests:read", load: () => import("./pages/request.js") },
  { path: "/me", name: "You", load: () => import("./pages/me.js") },
];

/** Pages for who is not signed in. @type {Page[]} */
export const DOORS = [
  { path: "/sign-in", name: "Sign in", load: () => import("./pages/sign-in.js") },
  { path: "/setup", name: "The first run", load: () => import("./pages/setup.js") },
];
