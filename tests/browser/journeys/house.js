// The pages of the tenant and of the instance, and the API page.

import assert from "node:assert/strict";
import { Visit } from "../browser.js";
import { ADA, PASSWORD } from "../people.js";

/** @param {import("../journeys.test.js").World} world */
async function a_tenant_is_switched_and_nothing_of_the_other_is_seen({ server, browser }) {
  const visit = await Visit.begin(browser, server.url);
  const { page } = visit;
  await visit.signIn(ADA, PASSWORD, "/t/acme/requests");
  await page.getByRole("link", { name: "The printer is on fire" }).click();
  await page.getByRole("heading", { level: 1, name: "The printer is on fire" }).waitFor();
  const acmes = page.url().split("/").at(-1);
  await page.getByRole("button", { name: "Tenant: acme. Choose another" }).click();
  await page.getByRole("searchbox", { name: "Search tenants" }).fill("glob");
  await visit.look("tenant-switch");
  assert.equal(await page.locator(".sheet li").count(), 1);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "No job has been here yet" }).waitFor();
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Requests" }).click();
  await page.getByRole("heading", { name: "Nobody has asked for anything yet" }).waitFor();
  await visit.look("requests-empty");
  visit.expected.push(/404/);
  await page.goto(`/t/globex/requests/${acmes}`);
  await page.getByRole("heading", { name: "There is no such thing here" }).waitFor();
  await page.getByRole("button", { name: "Copy the trace id" }).waitFor();
  await visit.look("not-found");
  visit.expected.push(/403/);
  await page.goto("/t/nowhere/requests");
  await page.getByText("may not act in this tenant", { exact: false }).waitFor();
  assert.equal(await page.getByText("printer").count(), 0);
  await visit.end();
}

/** @param {import("../journeys.test.js").World} world */
async function settings_issuers_and_what_was_done({ server, browser }) {
  const visit = await Visit.begin(browser, server.url);
  const { page } = visit;
  await visit.signIn(ADA, PASSWORD, "/t/acme/settings");
  await page.getByRole("textbox", { name: "Name" }).fill("Acme Desk");
  await page.getByRole("button", { name: "Change it" }).click();
  await page.getByRole("button", { name: "Tenant: Acme Desk. Choose another" }).waitFor();
  await visit.look("settings");
  await page.getByRole("link", { name: "Issuers" }).click();
  await page.getByRole("cell", { name: /login.example.org/ }).first().waitFor();
  await visit.look("issuers");
  await page.getByRole("button", { name: "Keys of" }).click();
  await page.getByRole("dialog").getByText("They were not asked for yet.", { exact: false }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Edit https" }).click();
  await page.getByRole("dialog").getByText("desk-agents = agent").or(page.getByRole("dialog").getByLabel("Which role each value gives")).first().waitFor();
  await visit.look("issuer-edit");
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.getByRole("link", { name: "Audit" }).click();
  await page.getByRole("button", { name: "tenant.changed" }).waitFor();
  await visit.look("audit");
  await page.getByRole("button", { name: "tenant.changed" }).click();
  await page.getByRole("dialog").getByText("\"Acme Desk\"").waitFor();
  await visit.look("audit-row");
  await page.keyboard.press("Escape");
  await page.getByLabel("Action").fill("queue.*");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "queue.created" }).first().waitFor();
  assert.equal(await page.getByRole("button", { name: "tenant.changed" }).count(), 0);
  assert.ok(page.url().includes("action=queue.*"));
  await visit.end();
}

/** @param {import("../journeys.test.js").World} world */
async function a_tenant_is_made_suspended_and_deleted({ server, browser }) {
  const visit = await Visit.begin(browser, server.url);
  const { page } = visit;
  await visit.signIn(ADA, PASSWORD, "/instance");
  await page.getByRole("link", { name: "Globex", exact: true }).waitFor();
  await visit.settle();
  await visit.look("tenants");
  await page.getByRole("button", { name: "Make a tenant" }).click();
  await page.getByRole("dialog").getByLabel("Short name").fill("initech");
  await page.getByRole("dialog").getByRole("button", { name: "Make it" }).click();
  await page.getByRole("heading", { name: "No job has been here yet" }).waitFor();
  await page.goto("/instance/tenants/initech");
  await page.getByLabel("Host names").fill("desk.initech.example");
  await page.getByRole("button", { name: "Change it" }).click();
  await page.getByText("Changed.").waitFor();
  await visit.look("tenant");
  await page.getByRole("button", { name: "Suspend" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Suspend it" }).click();
  await page.getByRole("button", { name: "Resume" }).click();
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete it with all that it has" }).click();
  await page.getByRole("dialog").getByRole("alert").waitFor();
  await page.getByRole("dialog").getByLabel("Write initech to be sure").fill("initech");
  await page.getByRole("dialog").getByRole("button", { name: "Delete it with all that it has" }).click();
  await page.getByRole("heading", { level: 1, name: "Tenants" }).waitFor();
  await page.getByRole("link", { name: "initech", exact: true }).waitFor({ state: "detached" });
  await page.getByRole("link", { name: "Accounts" }).click();
  await page.getByRole("cell", { name: /linus@example.org/ }).first().waitFor();
  await visit.look("accounts");
  await page.getByRole("link", { name: "Owners" }).click();
  await page.getByRole("cell", { name: "owner", exact: true }).waitFor();
  await visit.look("owners");
  await page.getByRole("link", { name: "Schedules" }).click();
  await page.getByRole("heading", { level: 1, name: "Schedules" }).waitFor();
  await visit.settle();
  await page.getByRole("link", { name: "Runs" }).click();
  await page.getByRole("heading", { level: 1, name: "Runs" }).waitFor();
  await visit.settle();
  await visit.look("instance-runs");
  await visit.end();
}

/** @param {import("../journeys.test.js").World} world */
async function an_operation_is_picked_filled_in_sent_and_copied({ server, browser }) {
  const visit = await Visit.begin(browser, server.url, { permissions: ["clipboard-read", "clipboard-write"] });
  const { page } = visit;
  await visit.signIn(ADA, PASSWORD, "/t/acme/api");
  await page.getByRole("heading", { level: 1, name: "API" }).waitFor();
  await page.getByLabel("Find an operation").fill("open a request");
  await page.getByRole("link", { name: "POST Open a request" }).click();
  await page.getByRole("heading", { name: "Open a request" }).waitFor();
  await page.getByLabel("Body").fill('{ "title": "From the API page" }');
  await page.getByRole("button", { name: "Send" }).click();
  const reply = page.getByRole("region", { name: "The reply", exact: true }).first();
  await reply.getByText("201").waitFor();
  await reply.getByText("\"From the API page\"").waitFor();
  await visit.look("api");
  await page.getByRole("button", { name: "Copy as curl" }).click();
  const curl = await page.evaluate(() => navigator.clipboard.readText());
  assert.ok(curl.includes("-H 'X-Tenant-ID: acme'") && curl.includes("From the API page"), curl);
  visit.expected.push(/422/);
  await page.getByLabel("Body").fill("{}");
  await page.getByRole("button", { name: "Send" }).click();
  await reply.getByText("422").waitFor();
  await page.getByLabel("Find an operation").fill("one request");
  await page.getByRole("link", { name: "GET One request" }).click();
  assert.ok(await page.getByRole("button", { name: "Send" }).isDisabled(), "its id is missing");
  await visit.end();
}

export const JOURNEYS = [
  a_tenant_is_switched_and_nothing_of_the_other_is_seen,
  settings_issuers_and_what_was_done,
  a_tenant_is_made_suspended_and_deleted,
  an_operation_is_picked_filled_in_sent_and_copied,
];
