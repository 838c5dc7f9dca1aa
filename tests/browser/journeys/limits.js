// The pages of what work keeps to: queues, schedules; and requests.

import assert from "node:assert/strict";
import { Visit } from "../browser.js";
import { ADA, PASSWORD } from "../people.js";

/** @param {import("../journeys.test.js").World} world */
async function a_paused_queue_is_limited_and_goes_on({ server, browser }) {
  const visit = await Visit.begin(browser, server.url);
  const { page } = visit;
  await visit.signIn(ADA, PASSWORD, "/t/acme/queues");
  await page.getByRole("heading", { level: 1, name: "Queues" }).waitFor();
  await visit.settle();
  await visit.look("queues");
  await page.getByRole("button", { name: "Limits of reports" }).click();
  const dialog = page.getByRole("dialog");
  assert.equal(await dialog.getByLabel("In a minute").inputValue(), "30");
  await dialog.getByLabel("At once").fill("0");
  visit.expected.push(/422/);
  await dialog.getByRole("button", { name: "Change it" }).click();
  await dialog.getByText("Must lie between 1 and 1000000", { exact: false }).waitFor();
  await visit.look("queue-limits");
  await dialog.getByLabel("At once").fill("4");
  await dialog.getByRole("button", { name: "Change it" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Resume reports" }).click();
  await page.getByRole("button", { name: "Pause reports" }).waitFor();
  // What waited is done, and the figures follow.
  await page.getByRole("row", { name: /reports/ }).getByRole("link", { name: "3" }).waitFor();
  await visit.end();
}

/** @param {import("../journeys.test.js").World} world */
async function a_schedule_says_when_it_will_fire_before_it_is_made({ server, browser }) {
  const visit = await Visit.begin(browser, server.url);
  const { page } = visit;
  await visit.signIn(ADA, PASSWORD, "/t/acme/schedules");
  await page.getByRole("heading", { level: 1, name: "Schedules" }).waitFor();
  await visit.settle();
  await visit.look("schedules");
  await page.getByRole("button", { name: "Make a schedule" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("tea time");
  await dialog.getByLabel("Line").fill("0 16 * * *");
  await dialog.getByLabel("Zone").fill("Asia/Tokyo");
  const preview = dialog.getByRole("status", { name: "When it would fire" });
  await preview.getByText("16:00 GMT+9", { exact: false }).first().waitFor();
  await dialog.getByLabel("Job", { exact: true }).selectOption("system.ping");
  await visit.look("schedule-make");
  visit.expected.push(/422/);
  await dialog.getByLabel("Line").fill("0 16 31 2 *");
  await preview.getByText("never", { exact: false }).waitFor();
  await dialog.getByLabel("Line").fill("0 16 * * 1-5");
  await preview.getByText("16:00 GMT+9", { exact: false }).first().waitFor();
  await dialog.getByRole("button", { name: "Make it" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByRole("button", { name: /Run now.*tea time/ }).click();
  await page.getByText("tea time made its job.").waitFor();
  await page.getByRole("link", { name: "tea time" }).click();
  await page.getByRole("heading", { level: 1, name: "tea time" }).waitFor();
  await page.getByText("by hand").waitFor();
  await visit.look("schedule");
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  await page.getByText("None while it is paused.").waitFor();
  await page.getByRole("link", { name: "its job" }).click();
  await page.getByRole("heading", { level: 1, name: "system.ping" }).waitFor();
  await page.getByRole("link", { name: "a schedule" }).waitFor();
  await visit.end();
}

/** @param {import("../journeys.test.js").World} world */
async function a_request_is_opened_discussed_and_done({ server, browser }) {
  const visit = await Visit.begin(browser, server.url);
  const { page } = visit;
  await visit.signIn(ADA, PASSWORD, "/t/acme/requests");
  await page.getByRole("heading", { level: 1, name: "Requests" }).waitFor();
  await visit.settle();
  await visit.look("requests");
  await page.getByLabel("As").selectOption("board");
  await page.getByRole("region", { name: "Requests by status" }).getByText("The printer is on fire").waitFor();
  await visit.look("requests-board");
  await page.getByRole("button", { name: "Open a request" }).click();
  const dialog = page.getByRole("dialog");
  visit.expected.push(/422/);
  await dialog.getByRole("button", { name: "Open it" }).click();
  await dialog.getByLabel("Title").and(page.locator("[aria-invalid=true]")).waitFor();
  await dialog.getByLabel("Title").fill("A chair that does not squeak");
  await dialog.getByLabel("Priority").selectOption("low");
  await dialog.getByRole("button", { name: "Open it" }).click();
  await page.getByRole("heading", { level: 1, name: "A chair that does not squeak" }).waitFor();
  await page.getByRole("button", { name: "Take it" }).click();
  await page.getByRole("button", { name: "Give it back" }).waitFor();
  await page.getByRole("textbox", { name: "Say something" }).fill("I hear it from here.");
  await page.getByRole("button", { name: "Say it" }).click();
  await page.getByRole("listitem").filter({ hasText: "I hear it from here." }).getByText("Ada Lovelace").waitFor();
  await page.getByRole("button", { name: "Edit" }).click();
  await page.getByRole("dialog").getByLabel("To do").selectOption({ label: "Grace Hopper" });
  await page.getByRole("dialog").getByRole("button", { name: "Change it" }).click();
  await page.getByRole("definition").getByText("Grace Hopper").waitFor();
  await page.getByRole("button", { name: "Begin" }).click();
  await page.getByRole("dialog").getByLabel("Why (optional)").fill("With oil.");
  await page.getByRole("dialog").getByRole("button", { name: "Begin" }).click();
  await page.getByRole("listitem").filter({ hasText: "With oil." }).waitFor();
  await visit.look("request");
  await page.getByRole("button", { name: "Done", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Done", exact: true }).click();
  await page.locator("h1 + .state", { hasText: "done" }).waitFor();
  assert.equal(await page.getByRole("button", { name: "Approve" }).count(), 0, "it goes nowhere any more");
  await visit.end();
}

export const JOURNEYS = [
  a_paused_queue_is_limited_and_goes_on,
  a_schedule_says_when_it_will_fire_before_it_is_made,
  a_request_is_opened_discussed_and_done,
];
