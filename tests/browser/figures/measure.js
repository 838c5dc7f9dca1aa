// How a page opens, and how it keeps still while much happens: read in the page itself.

/** @typedef {{ name: string, path: string, shows: string }} Page `shows` is there when the page's data is */

/** Every page that has many rows behind it. @param {{ run: string, event: string, handler: string, trace: string }} ids @returns {Page[]} */
export const pagesOf = ({ run, event, handler, trace }) => [
  { name: "Overview", path: "/t/acme", shows: ".figures" },
  { name: "Runs", path: "/t/acme/runs", shows: ".panel table" },
  { name: "Runs, dead", path: "/t/acme/runs?state=dead", shows: ".panel table" },
  { name: "Run", path: `/t/acme/runs/${run}`, shows: ".panel" },
  { name: "Queues", path: "/t/acme/queues", shows: ".panel table" },
  { name: "Schedules", path: "/t/acme/schedules", shows: ".panel table" },
  { name: "Requests", path: "/t/acme/requests", shows: ".panel table" },
  { name: "Events", path: "/t/acme/events", shows: ".panel table" },
  { name: "Events, dead", path: "/t/acme/events?status=dead", shows: ".panel table" },
  { name: "Event", path: `/t/acme/events/${event}`, shows: ".panel" },
  { name: "Types of events", path: "/t/acme/events/types", shows: ".panel" },
  { name: "Handlers", path: "/t/acme/handlers", shows: ".panel table" },
  { name: "Handler", path: `/t/acme/handlers/${handler}`, shows: ".panel" },
  { name: "Dead letters", path: "/t/acme/dead-letters", shows: ".panel" },
  { name: "Traces", path: "/t/acme/traces", shows: ".panel table" },
  { name: "Trace", path: `/t/acme/traces/${trace}`, shows: ".panel" },
  { name: "Log", path: "/t/acme/logs", shows: ".panel" },
  { name: "Errors", path: "/t/acme/errors", shows: ".panel" },
  { name: "Members", path: "/t/acme/members", shows: ".panel table" },
  { name: "Users", path: "/t/acme/users", shows: ".panel table" },
  { name: "Roles", path: "/t/acme/roles", shows: ".panel" },
  { name: "API keys", path: "/t/acme/keys", shows: ".panel" },
  { name: "Audit", path: "/t/acme/audit", shows: ".panel table" },
  { name: "Tenants", path: "/instance", shows: ".panel table" },
  { name: "Runs of the instance", path: "/instance/runs", shows: "main h1" },
];

/**
 * Marks the moment in which a page shows what it is for.
 * @param {import("playwright-core").Page} page
 */
export const markWhatIsShown = (page) => page.addInitScript(() => {
  const wanted = sessionStorage.getItem("shows");
  const look = () => {
    const main = document.querySelector("main.page");
    if (!wanted || !main?.querySelector("h1") || main.querySelector(".waiting") || !(main.querySelector(wanted) ?? document.querySelector(wanted))) return;
    watcher.disconnect();
    requestAnimationFrame(() => performance.mark("shown"));
  };
  const watcher = new MutationObserver(look);
  watcher.observe(document, { childList: true, subtree: true });
});

/**
 * What it took to open it: milliseconds until its data is shown, what was asked for, how much came.
 * @param {import("playwright-core").Page} page
 * @param {Page} one
 */
export async function opening(page, { path, shows }) {
  await page.evaluate((wanted) => sessionStorage.setItem("shows", wanted), shows);
  /** @type {string[]} */
  const asked = [];
  const note = (/** @type {import("playwright-core").Request} */ request) => {
    const { pathname, search } = new URL(request.url());
    if (pathname.startsWith("/api/") || pathname === "/readyz") asked.push(pathname + search);
  };
  page.on("request", note);
  try {
    await page.goto(path);
    await page.waitForFunction(() => performance.getEntriesByName("shown").length > 0);
    // What it asks for at once belongs to its opening too.
    await page.waitForTimeout(150);
    const read = await page.evaluate(() => ({
      shown: Math.round(performance.getEntriesByName("shown")[0]?.startTime ?? 0),
      painted: Math.round(performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0),
      bytes: [...performance.getEntriesByType("resource"), ...performance.getEntriesByType("navigation")].reduce((sum, entry) => sum + (/** @type {PerformanceResourceTiming} */ (entry).transferSize ?? 0), 0),
      nodes: document.querySelectorAll("*").length,
    }));
    return { ...read, asked };
  } finally {
    page.off("request", note);
  }
}

/**
 * How still it keeps for a while: tasks that kept it from answering, frames, how often it was drawn.
 * @param {import("playwright-core").Page} page
 * @param {number} ms
 */
export const stillness = (page, ms) => page.evaluate(async (ms) => {
  let long = 0;
  let longest = 0;
  const tasks = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) {
      long += 1;
      longest = Math.max(longest, duration);
    }
  });
  tasks.observe({ type: "longtask" });
  let drawn = 0;
  const main = document.querySelector("main");
  const watcher = new MutationObserver(() => { drawn += 1; });
  if (main) watcher.observe(main, { childList: true, subtree: true, characterData: true });
  /** @type {number[]} */
  const gaps = [];
  let last = performance.now();
  const end = last + ms;
  while (last < end) {
    const at = /** @type {number} */ (await new Promise(requestAnimationFrame));
    gaps.push(at - last);
    last = Math.max(at, performance.now());
  }
  tasks.disconnect();
  watcher.disconnect();
  gaps.sort((one, other) => one - other);
  return { long, longest: Math.round(longest), drawnASecond: Math.round(drawn / ms * 1000), frame: Math.round(gaps[gaps.length >> 1] ?? 0), worstFrame: Math.round(gaps.at(-1) ?? 0), nodes: document.querySelectorAll("*").length };
}, ms);
