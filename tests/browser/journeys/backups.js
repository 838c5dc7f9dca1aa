// Backups: made, tried out, deleted; and what the instance says of them.

import { Visit } from "../browser.js";
import { ADA, PASSWORD } from "../people.js";

/** @param {import("../journeys.test.js").World} world */
async function a_backup_is_made_tried_out_and_deleted({ server, browser }) {
  const visit = await Visit.begin(browser, server.url);
  const { page } = visit;
  await visit.signIn(ADA, PASSWORD, "/instance");
  await page.getByText("There is no backup yet.").waitFor();
  await visit.look("advice");
  await page.getByRole("link", { name: "See the backups" }).click();
  await page.getByRole("heading", { name: "There is no backup yet" }).waitFor();
  await visit.look("backups-empty");
  await page.getByRole("button", { name: "Make a backup" }).click();
  const backups = page.getByRole("region", { name: "Backups, the newest first" });
  await backups.getByText("readable").waitFor({ timeout: 30_000 });
  const runs = page.getByRole("region", { name: "What was done with backups, the newest first" });
  await backups.getByRole("button", { name: /Try it out/ }).click();
  await runs.getByRole("row", { name: /done.*restored aside/ }).waitFor({ timeout: 30_000 });
  await backups.getByRole("button", { name: /Verify/ }).click();
  await runs.getByRole("row", { name: /done.*every byte/ }).waitFor({ timeout: 30_000 });
  await visit.settle();
  await visit.look("backups");
  const coming = page.waitForEvent("download");
  await backups.getByRole("link", { name: /Download/ }).click();
  await (await coming).cancel();
  await page.goto("/instance");
  await page.getByRole("heading", { name: "Needs attention" }).waitFor();
  await page.getByText("There is no backup yet.").waitFor({ state: "detached" });
  await page.goto("/instance/backups");
  await backups.getByRole("button", { name: /Delete/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete it" }).click();
  await page.getByRole("heading", { name: "There is no backup yet" }).waitFor();
  await visit.end();
}

export const JOURNEYS = [a_backup_is_made_tried_out_and_deleted];
