// Finding who and what has a name, from whatever page one is on, with few questions.

import assert from "node:assert/strict";
import { Visit } from "../browser.js";
import { ADA, PASSWORD } from "../people.js";

/** @param {import("../journeys.test.js").World} world */
async function a_part_of_a_name_finds_people_and_things({ server, browser, token }) {
  await server.caller(token, "acme")("POST", "/api/subscriptions", { name: "warehouse", pattern: "order.*", target: { job: "system.ping" } });
  const visit = await Visit.begin(browser, server.url);
  const { page } = visit;
  await visit.signIn(ADA, PASSWORD, "/t/acme/runs");
  await visit.settle();
  /** @type {string[]} */
  const asked = [];
  page.on("request", (request) => {
    const { pathname, search } = new URL(request.url());
    if (/^\/api\/(users|keys|subscriptions|schedules|jobs\/queues|people)$/.test(pathname)) asked.push(pathname + search);
  });
  await page.keyboard.press("Control+k");
  const box = page.getByRole("combobox", { name: "Find a page" });
  /** @param {string} text @param {string} name */
  const finds = async (text, name) => {
    await box.fill("");
    await box.pressSequentially(text, { delay: 20 });
    await page.getByRole("option", { name }).waitFor();
  };
  await finds("kim", "Kim, kim@acme.example user");
  assert.deepEqual(asked.filter((path) => path.startsWith("/api/users")), ["/api/users?limit=5&search=kim"], "one question for a word, not one for each letter");
  await visit.look("palette-names");
  await finds("orts", "reports queue");
  await finds("good mor", "good morning schedule");
  await finds("acku", "backup API key");
  await finds("rehou", "warehouse handler");
  assert.equal(asked.filter((path) => !path.startsWith("/api/users")).length, 4, `short lists are asked for once: ${asked.join(" ")}`);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "warehouse" }).waitFor();
  await page.keyboard.press("Control+k");
  await finds("kim", "Kim, kim@acme.example user");
  await page.getByRole("option", { name: "Kim, kim@acme.example user" }).click();
  await page.getByRole("cell", { name: "kim@acme.example" }).or(page.getByText("kim@acme.example")).first().waitFor();
  assert.ok(page.url().endsWith("/t/acme/users?search=kim%40acme.example"), page.url());
  await visit.end();
}

export const JOURNEYS = [a_part_of_a_name_finds_people_and_things];
