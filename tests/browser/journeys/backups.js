// Backups: made, tried out, deleted; and what the instance says of them.

import assert from "node:assert/strict";
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

/** @param {import("../journeys.test.js").World} world */
async function an_owner_goes_back_and_comes_back_from_there({ server, browser }) {
  const visit = await Visit.begin(browser, server.url);
  // While the data is exchanged the page asks and is told to come again.
  visit.expected.push(/503/);
  const { page } = visit;
  await visit.signIn(ADA, PASSWORD, "/instance/backups");
  await page.setViewportSize({ width: 360, height: 740 });
  await page.getByRole("button", { name: "Make a backup" }).click();
  const backups = page.getByRole("region", { name: "Backups, the newest first" });
  await backups.getByRole("button", { name: /Restore/ }).waitFor({ timeout: 30_000 });
  const rename = (/** @type {string} */ name) => page.evaluate((called) => fetch("/api/auth/profile", { method: "PATCH", headers: { "content-type": "application/json" }, body: JSON.stringify({ name: called }) }).then(({ status }) => status), name);
  const named = () => page.evaluate(() => fetch("/api/auth/session").then((reply) => reply.json()).then(({ data }) => data.user.name));
  const before = await named();
  assert.equal(await rename("Later"), 200);

  // By the keyboard alone.
  await backups.getByRole("button", { name: /Restore/ }).focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Go back" });
  await dialog.getByText("not deleted").waitFor();
  await visit.look("backup-restore");
  visit.expected.push(/422/);
  await dialog.getByLabel("Your password, to be sure").fill("not the one it is");
  await page.keyboard.press("Enter");
  await dialog.getByText("Is wrong.").waitFor();
  await dialog.getByLabel("Your password, to be sure").fill(PASSWORD);
  await page.keyboard.press("Enter");
  await page.getByText("You are back there.").waitFor({ timeout: 30_000 });
  assert.equal(await named(), before, "what came after the backup is gone");
  const aside = page.getByRole("region", { name: "What was put aside, the newest first" });
  await aside.getByRole("button", { name: /Go back to it/ }).waitFor();
  await visit.settle();
  await visit.look("backups-put-aside");

  const first = (await aside.getByRole("button", { name: /Delete/ }).textContent()) ?? "";
  await aside.getByRole("button", { name: /Go back to it/ }).click();
  await dialog.getByLabel("Your password, to be sure").fill(PASSWORD);
  await dialog.getByRole("button", { name: "Go back", exact: true }).click();
  await page.getByText("You are back there.").last().waitFor({ timeout: 30_000 });
  await page.waitForFunction(() => fetch("/api/auth/session").then((reply) => reply.json()).then(({ data }) => data?.user.name === "Later"));
  assert.equal(await rename(before), 200);
  // What was put aside first is used up; another lies there now.
  await aside.getByRole("button", { name: first.trim(), exact: true }).waitFor({ state: "detached" });
  await aside.getByRole("button", { name: /Delete/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete it" }).click();
  await aside.waitFor({ state: "detached" });
  await page.setViewportSize({ width: 1280, height: 800 });
  // The job that made the backup was under way in it, so going back made another.
  for (const deletes = backups.getByRole("button", { name: /Delete/ }); await deletes.count() > 0;) {
    const left = await deletes.count();
    await deletes.first().click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete it" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.waitForFunction((most) => document.querySelectorAll("[aria-label='Backups'] tbody tr").length < most, left);
  }
  await page.getByRole("heading", { name: "There is no backup yet" }).waitFor();
  await visit.end();
}

export const JOURNEYS = [a_backup_is_made_tried_out_and_deleted, an_owner_goes_back_and_comes_back_from_there];
