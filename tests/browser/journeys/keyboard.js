// By the keyboard alone: the focus stays where it was while things come, rest and go, and nothing moves for who does not want it.

import assert from "node:assert/strict";
import { PAGES } from "../../../static/routes.js";
import { Visit } from "../browser.js";
import { ADA, PASSWORD } from "../people.js";

/** What has the focus, as one would call it. @param {import("playwright-core").Page} page */
const focused = (page) => page.evaluate(() => {
  const one = document.activeElement;
  return one?.getAttribute("aria-label") ?? (one === document.body ? "nothing" : one?.textContent?.trim().slice(0, 80)) ?? "";
});

/** Goes on with Tab until this has the focus. @param {import("playwright-core").Page} page @param {RegExp} name */
async function tabTo(page, name) {
  for (let steps = 0; steps < 120; steps += 1) {
    if (name.test(await focused(page))) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`Tab does not lead to ${name}`);
}

/** @param {import("../journeys.test.js").World} world */
async function the_focus_stays_while_rows_come_and_go({ server, browser, token }) {
  await server.caller(token)("POST", "/api/tenants", { slug: "keys", name: "Keys" });
  const keys = server.caller(token, "keys");
  for (const name of ["one", "two"]) await keys("POST", "/api/keys", { name, permissions: ["jobs:read"] });
  await keys("POST", "/api/jobs/enqueue/batch", { jobs: Array.from({ length: 60 }, () => ({ jobName: "system.ping", delaySeconds: 900 })) });
  const visit = await Visit.begin(browser, server.url);
  const { page } = visit;
  await visit.signIn(ADA, PASSWORD, "/t/keys/keys");

  // A dialog keeps it, and gives it back; when the row is gone, to what was around it.
  await tabTo(page, /^Delete two/);
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog");
  await dialog.waitFor();
  for (let steps = 0; steps < 8; steps += 1) {
    await page.keyboard.press("Tab");
    assert.ok(await page.evaluate(() => document.activeElement === document.body || Boolean(document.activeElement?.closest("dialog"))), "nothing behind a dialog is reached");
  }
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await page.waitForFunction(() => /^Delete two/.test(document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent?.trim() ?? ""));
  await page.keyboard.press("Enter");
  await tabTo(page, /^Delete it/);
  await page.keyboard.press("Enter");
  await page.getByText("Deleted; its token ends at once.").waitFor();
  await dialog.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Delete two" }).waitFor({ state: "detached" });
  assert.ok(await page.evaluate(() => Boolean(document.activeElement?.closest("main"))), `it is on the page, not on ${await focused(page)}`);

  // A button that rests while it is busy has it afterwards.
  await page.goto("/t/keys/runs");
  const rows = page.getByRole("region", { name: "Runs, the newest first" }).getByRole("row");
  await rows.nth(50).waitFor();
  await page.getByRole("button", { name: "Show older ones" }).focus();
  await page.keyboard.press("Enter");
  await rows.nth(60).waitFor();
  assert.ok(await page.evaluate(() => Boolean(document.activeElement?.closest("main"))), `it is on the page, not on ${await focused(page)}`);

  // What comes does not take it.
  const held = rows.nth(3).getByRole("link").first();
  await held.focus();
  const href = await page.evaluate(() => document.activeElement?.getAttribute("href"));
  await keys("POST", "/api/jobs/enqueue", { jobName: "system.ping", tags: ["fresh"] });
  await page.getByRole("button", { name: /1 new/ }).or(page.locator("tr.fresh")).first().waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("href")), href);

  // The palette and the menus give it back.
  await page.keyboard.press("Control+k");
  await page.getByRole("dialog", { name: "Find" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog", { name: "Find" }).waitFor({ state: "detached" });
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("href")), href);
  await page.getByRole("button", { name: "Tenant: Keys. Choose another" }).focus();
  await page.keyboard.press("Enter");
  await page.locator(".sheet :focus").waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Escape");
  assert.match(await focused(page), /Tenant: Keys/);
  await visit.end();
}

/** @param {import("../journeys.test.js").World} world */
async function every_page_is_reached_and_left_with_tab_and_nothing_moves({ server, browser }) {
  const visit = await Visit.begin(browser, server.url);
  const { page } = visit;
  await visit.signIn(ADA, PASSWORD, "/t/acme");
  const paths = PAGES.filter(({ path }) => !path.includes(":id")).map(({ path }) => path.replace(":tenant", "acme"));
  for (const path of paths) {
    await page.goto(path);
    await page.getByRole("heading", { level: 1 }).first().waitFor();
    await visit.settle();
    const unreached = await page.evaluate(() => {
      // What can be pressed has to be something that Tab stops at.
      const pressed = [...document.querySelectorAll("main [role=button], main [onclick], main summary, main a[href], main button, main input, main select, main textarea")];
      return pressed.filter((one) => /** @type {any} */ (one).tabIndex < 0 && one.getAttribute("aria-hidden") !== "true").map(({ outerHTML }) => outerHTML.slice(0, 120));
    });
    visit.wrongs.push(...unreached.map((/** @type {string} */ one) => `${path}: Tab does not stop at ${one}`));
    const moving = await page.evaluate(() => document.getAnimations().length);
    if (moving) visit.wrongs.push(`${path}: ${moving} things move`);
    await page.keyboard.press("Tab");
    if ((await focused(page)) !== "To the page") visit.wrongs.push(`${path}: the first stop is ${await focused(page)}`);
    await page.keyboard.press("Enter");
    if (!(await page.evaluate(() => document.activeElement?.id === "main"))) visit.wrongs.push(`${path}: the first stop does not lead to the page`);
  }
  await visit.end();
}

export const JOURNEYS = [the_focus_stays_while_rows_come_and_go, every_page_is_reached_and_left_with_tab_and_nothing_moves];
