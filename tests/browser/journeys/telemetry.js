// The pages of what was done lately: traces, the log, errors.

import assert from "node:assert/strict";
import { Visit } from "../browser.js";
import { ADA, PASSWORD } from "../people.js";

/** @param {import("../journeys.test.js").World} world */
async function a_failure_is_followed_from_its_error_to_what_began_it({ server, browser, receiver, token }) {
  const wonka = server.caller(token, "wonka");
  receiver.answer = { status: 500, body: "the factory is closed" };
  await wonka("POST", "/api/subscriptions", { name: "factory", pattern: "order.*", maxAttempts: 1, target: { webhook: `http://${receiver.host}/factory` } });
  await wonka("POST", "/api/events", { type: "order.paid", subject: "o-1", payload: { bars: 12 } });
  const visit = await Visit.begin(browser, server.url);
  const { page } = visit;
  await visit.signIn(ADA, PASSWORD, "/t/wonka/errors");
  const errors = page.getByRole("region", { name: "Errors, those that are alike together" });
  await errors.getByRole("link", { name: /500/ }).first().waitFor({ timeout: 20_000 });
  await visit.look("errors");
  await errors.getByRole("link", { name: /500/ }).first().click();
  const waterfall = page.getByRole("region", { name: "What took how long" });
  await waterfall.getByText("POST /api/events").waitFor();
  await visit.look("trace");
  // Each part opens by the keyboard and says what is known of it.
  await waterfall.locator("summary").filter({ hasText: "delivery" }).first().focus();
  await page.keyboard.press("Enter");
  await waterfall.getByRole("link", { name: "the event" }).first().waitFor();
  await visit.look("trace-open");
  await waterfall.getByRole("link", { name: "the event" }).first().click();
  await page.getByRole("heading", { level: 1, name: "order.paid" }).waitFor();
  await page.getByTitle("All that this trace set going").click();
  await waterfall.getByText("POST /api/events").waitFor();
  await visit.end();
}

/** @param {import("../journeys.test.js").World} world */
async function traces_are_filtered_and_found_by_their_ids({ server, browser, token }) {
  const wonka = server.caller(token, "wonka");
  await wonka("POST", "/api/subscriptions", { name: "pings", pattern: "ping.*", target: { job: "system.ping" } });
  await wonka("POST", "/api/events", { type: "ping.asked", payload: { message: "from a trace" } });
  const visit = await Visit.begin(browser, server.url);
  const { page } = visit;
  await visit.signIn(ADA, PASSWORD, "/t/wonka/traces");
  const table = page.getByRole("region", { name: "Traces, the newest first" });
  await table.getByRole("link", { name: "POST /api/events" }).first().waitFor({ timeout: 20_000 });
  await visit.settle();
  await visit.look("traces");
  await page.getByLabel("Route or name").fill("POST /api/subscriptions");
  await page.keyboard.press("Enter");
  await table.getByRole("link", { name: "POST /api/events" }).first().waitFor({ state: "detached" });
  await page.getByLabel("Status").fill("2xx");
  await page.keyboard.press("Enter");
  await table.getByRole("link", { name: "POST /api/subscriptions" }).first().click();
  await page.getByRole("heading", { name: "What took how long" }).waitFor();
  assert.ok(page.url().includes("/traces/"));
  const id = page.url().split("/").at(-1) ?? "";
  await visit.open("/t/wonka/events", "Events");
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Find a page" }).fill(id);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "What took how long" }).waitFor();
  visit.expected.push(/404/);
  await page.goto(`/t/acme/traces/${id}`);
  await page.getByRole("heading", { name: "There is no such thing here" }).waitFor();
  await visit.end();
}

/** @param {import("../journeys.test.js").World} world */
async function the_log_is_read_as_it_is_written({ server, browser, token }) {
  const visit = await Visit.begin(browser, server.url);
  const { page } = visit;
  await visit.signIn(ADA, PASSWORD, "/instance/logs");
  await page.getByRole("list", { name: "Lines of the log, the newest first" }).getByRole("listitem").first().waitFor({ timeout: 20_000 });
  await visit.settle();
  await visit.look("log");
  await page.getByLabel("At least").selectOption("error");
  await page.getByText("No line is like that").waitFor();
  assert.ok(page.url().includes("level=error"));
  await page.getByRole("button", { name: "Stand still" }).click();
  await page.getByRole("button", { name: "Go on" }).waitFor();
  await server.caller(token)("GET", "/api/tenants");
  await visit.end();
}

export const JOURNEYS = [
  a_failure_is_followed_from_its_error_to_what_began_it,
  traces_are_filtered_and_found_by_their_ids,
  the_log_is_read_as_it_is_written,
];
