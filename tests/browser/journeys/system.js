// The machine, and who fills it: for who looks after the instance, and for nobody else.

import assert from "node:assert/strict";
import { Visit } from "../browser.js";
import { ADA, PASSWORD } from "../people.js";

const VIEWER = "vera@soylent.example";
const WORDS = "a very long word";

/** @param {import("../journeys.test.js").World} world */
async function what_is_left_of_the_machine_and_who_fills_it_is_seen_at_once({ server, browser, token }) {
  const soylent = server.caller(token, "soylent");
  await soylent("POST", "/api/queues", { name: "mail", outside: true });
  await soylent("POST", "/api/jobs/enqueue/batch", { jobs: Array.from({ length: 40 }, (_, no) => ({ jobName: "mail.send", queue: "mail", payload: { no } })) });
  const visit = await Visit.begin(browser, server.url);
  const { page } = visit;
  await visit.signIn(ADA, PASSWORD, "/t/soylent");
  const machine = page.getByRole("group", { name: "The machine" });
  await machine.getByText(/ free$/).first().waitFor();
  await visit.look("overview-of-owner");
  await machine.getByRole("link", { name: /Disk/ }).click();
  await page.getByRole("heading", { level: 1, name: "System" }).waitFor();
  await page.getByRole("region", { name: "The server" }).getByText("SQLite 3.", { exact: false }).waitFor();
  const tenants = page.getByRole("region", { name: "Tenants by what they have in all queues" });
  const queues = page.getByRole("region", { name: /Queues by how much they hold/ });
  await tenants.getByRole("row", { name: /soylent \d+ % 0 40/ }).waitFor();
  await queues.getByRole("row", { name: /^mail/ }).waitFor();
  await queues.getByRole("row", { name: /soylent.* 40/ }).waitFor();
  await visit.look("system");
  await tenants.getByRole("link", { name: "soylent" }).click();
  await page.getByRole("heading", { level: 1, name: "Queues" }).waitFor();
  await page.getByRole("cell", { name: /^mail/ }).waitFor();
  await visit.end();
}

/** @param {import("../journeys.test.js").World} world */
async function a_disk_that_fills_up_is_told_of_in_words({ server, browser }) {
  const visit = await Visit.begin(browser, server.url);
  const { page } = visit;
  await page.route("**/api/system", async (route) => {
    const reply = await route.fetch();
    const { data, meta } = await reply.json();
    const problem = "300.0 MiB are free on the disk of the data directory; below 256.0 MiB nothing more is added";
    Object.assign(data.disk, { freeBytes: 300 * 1_024 ** 2, totalBytes: 32 * 1_024 ** 3, standing: "scarce", problem });
    await route.fulfill({ json: { data, meta } });
  });
  await visit.signIn(ADA, PASSWORD, "/instance/system");
  await page.getByRole("region", { name: "Needs attention" }).getByText("300.0 MiB are free", { exact: false }).waitFor();
  await page.getByRole("region", { name: "Queues by how much they hold" }).waitFor();
  await visit.look("system-scarce");
  for (const [path, heading] of [["/instance", "Tenants"], ["/t/acme", "Overview"]]) {
    await visit.open(path ?? "", heading ?? "");
    await page.getByRole("listitem").filter({ hasText: "300.0 MiB are free" }).getByRole("link", { name: "See the machine" }).waitFor();
  }
  await visit.end();
}

/** @param {import("../journeys.test.js").World} world */
async function nobody_in_a_tenant_sees_the_machine({ server, browser, token }) {
  await server.caller(token, "soylent")("POST", "/api/users", { email: VIEWER, name: "Vera", role: "viewer", password: WORDS });
  const visit = await Visit.begin(browser, server.url);
  const { page } = visit;
  /** @type {string[]} */
  const asked = [];
  page.on("request", (request) => { if (request.url().includes("/api/system")) asked.push(request.url()); });
  await page.goto("/sign-in");
  await page.getByRole("button", { name: "To one tenant only" }).click();
  await page.getByLabel("Tenant").fill("soylent");
  await page.getByLabel("E-mail address").fill(VIEWER);
  await page.getByLabel("Password").fill(WORDS);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
  await page.getByRole("heading", { name: "Newest failures" }).waitFor();
  await visit.settle();
  assert.equal(await page.getByRole("group", { name: "The machine" }).count(), 0);
  assert.equal(await page.getByRole("link", { name: "System" }).count(), 0);
  assert.deepEqual(asked, []);
  await visit.end();
}

export const JOURNEYS = [
  what_is_left_of_the_machine_and_who_fills_it_is_seen_at_once,
  a_disk_that_fills_up_is_told_of_in_words,
  nobody_in_a_tenant_sees_the_machine,
];
