// What a tenant may have: given by the instance, seen by the tenant, told of when it runs out.

import { Visit } from "../browser.js";
import { ADA, PASSWORD } from "../people.js";

/** @param {import("../journeys.test.js").World} world */
async function a_tenant_is_given_less_sees_it_and_is_told_when_it_is_used_up({ server, browser, token }) {
  await server.caller(token)("POST", "/api/tenants", { slug: "frugal", name: "Frugal" });
  await server.caller(token, "frugal")("POST", "/api/jobs/enqueue", { jobName: "system.ping" });
  const visit = await Visit.begin(browser, server.url);
  const { page } = visit;
  await visit.signIn(ADA, PASSWORD, "/instance/tenants/frugal");
  const limits = page.getByRole("region", { name: "Limits" });
  await limits.getByText("1, no limit").waitFor();
  await limits.getByLabel("Storage").fill("a lot");
  await limits.getByRole("button", { name: "Change the limits" }).click();
  await limits.getByRole("alert").getByText("is not understood", { exact: false }).waitFor();
  await limits.getByLabel("Storage").fill("1.5 GiB");
  await limits.getByLabel("Jobs a day").fill("1");
  await limits.getByRole("button", { name: "Change the limits" }).click();
  await limits.getByText("1 of 1", { exact: true }).waitFor();
  await limits.getByText("How often its people and programs may ask").click();
  await limits.getByRole("cell", { name: /the whole tenant/ }).first().waitFor();
  await visit.look("tenant-limits");

  await page.goto("/t/frugal/settings");
  await limits.getByText(/of 1\.5 GiB/).waitFor();
  await limits.getByRole("img", { name: "1 of 1" }).waitFor();
  await visit.look("limits");
  await page.goto("/t/frugal");
  await page.getByText("Jobs today: 1 of 1. Nothing new is taken until midnight, UTC.").waitFor();
  await page.getByRole("link", { name: "See the limits" }).click();
  await page.getByRole("heading", { level: 1, name: "Settings" }).waitFor();
  await visit.end();
}

export const JOURNEYS = [a_tenant_is_given_less_sees_it_and_is_told_when_it_is_used_up];
