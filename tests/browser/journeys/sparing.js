// What opening a page asks of the server: few things, none of them without an end, and little to draw.

import assert from "node:assert/strict";
import { Visit } from "../browser.js";
import { ADA, PASSWORD } from "../people.js";

const PAGES = [["", "Overview"], ["/runs", "Runs"], ["/queues", "Queues"], ["/schedules", "Schedules"], ["/requests", "Requests"], ["/events", "Events"], ["/handlers", "Handlers"], ["/dead-letters", "Dead letters"], ["/traces", "Traces"], ["/logs", "Log"], ["/errors", "Errors"], ["/audit", "Audit"]];

/** Of what a page is made of, those that the frame asks for among them. */
const MOST_ASKED = 24;
const MOST_ROWS = 200;
const MOST_NODES = 4_000;

/** @param {import("../journeys.test.js").World} world */
async function every_page_asks_for_little_and_draws_little({ server, browser }) {
  const visit = await Visit.begin(browser, server.url);
  const { page } = visit;
  await visit.signIn(ADA, PASSWORD, "/me");
  /** @type {Promise<{ path: string, rows: number }>[]} */
  let asked = [];
  page.on("response", (reply) => {
    const { pathname, search } = new URL(reply.url());
    if (!pathname.startsWith("/api/") || pathname.endsWith("/stream")) return;
    const rows = reply.json().then(({ data }) => (Array.isArray(data) ? data.length : 1), () => 0);
    asked.push(rows.then((rows) => ({ path: pathname + search, rows })));
  });
  for (const [path, heading] of PAGES) {
    asked = [];
    await visit.open(`/t/acme${path}`, heading ?? "");
    const found = await Promise.all(asked);
    const nodes = await page.evaluate(() => document.querySelectorAll("*").length);
    console.log(`${heading} asks for ${found.length} things, of which the longest has ${Math.max(...found.map(({ rows }) => rows))} rows, and draws ${nodes} elements`);
    assert.ok(found.length <= MOST_ASKED, `${heading}: ${found.map((one) => one.path).join(" ")}`);
    for (const one of found) assert.ok(one.rows <= MOST_ROWS, `${one.path} has ${one.rows} rows`);
    assert.ok(nodes <= MOST_NODES, `${heading} draws ${nodes} elements`);
  }
  await visit.end();
}

/** @param {import("../journeys.test.js").World} world */
async function who_comes_when_too_many_listen_is_told({ server, browser }) {
  const visit = await Visit.begin(browser, server.url);
  visit.expected.push(/503/);
  await visit.page.route("**/api/jobs/stream*", (route) => route.fulfill({ status: 503, json: { error: { code: "UNAVAILABLE", message: "Too many watch already." } } }));
  await visit.signIn(ADA, PASSWORD, "/t/acme/runs");
  await visit.page.getByRole("status").getByText("too many listen").waitFor();
  await visit.page.getByRole("region", { name: "Runs, the newest first" }).waitFor();
  await visit.end();
}

/** @param {import("../journeys.test.js").World} world */
async function what_happens_while_a_list_is_asked_for_is_in_it({ server, browser, token }) {
  const visit = await Visit.begin(browser, server.url);
  const { page } = visit;
  const acme = server.caller(token, "acme");
  let made = "";
  await page.route("**/api/jobs?limit=50", async (route) => {
    const reply = await route.fetch();
    made = (await acme("POST", "/api/jobs/enqueue", { jobName: "system.ping", payload: { message: "in between" } })).jobId;
    // The stream tells of it before the list is there, which was read before.
    await new Promise((done) => setTimeout(done, 1_500));
    await route.fulfill({ response: reply });
  });
  await visit.signIn(ADA, PASSWORD, "/t/acme/runs");
  await page.locator(".panel table").waitFor();
  await page.mouse.move(2, 2);
  await page.locator(`a[href="/t/acme/runs/${made}"]`).first().waitFor({ state: "attached", timeout: 3_000 });
  await visit.end();
}

export const JOURNEYS = [what_happens_while_a_list_is_asked_for_is_in_it, every_page_asks_for_little_and_draws_little, who_comes_when_too_many_listen_is_told];
