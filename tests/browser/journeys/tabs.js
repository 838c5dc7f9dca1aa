// Many tabs of one browser: they share their streams, whoever of them is closed, and never what is another's.

import assert from "node:assert/strict";
import { Visit, until } from "../browser.js";
import { ADA, PASSWORD } from "../people.js";

const TABS = 8;

/** How many listen at the server. @param {import("../journeys.test.js").World} world @returns {Promise<number>} */
async function streamsOf({ server, token }) {
  const reply = await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
  return Number(/^steading_streams (\d+)/m.exec(await reply.text())?.[1]);
}

/** @param {import("../journeys.test.js").World} world @param {number} many */
async function comesTo(world, many) {
  let found = -1;
  for (let tries = 0; tries < 100 && found !== many; tries += 1) {
    found = await streamsOf(world);
    if (found !== many) await new Promise((done) => setTimeout(done, 100));
  }
  assert.equal(found, many, "streams at the server");
}

/** The row of a job that was made just now is there. @param {import("playwright-core").Page} page @param {string} id */
const shows = (page, id) => page.locator(`.panel table a[href="/t/acme/runs/${id}"]`).waitFor();

/** What each page was told of over the channels between tabs. @param {import("playwright-core").BrowserContext} context */
const noteWhatIsHeard = (context) => context.addInitScript(() => {
  /** @type {string[]} */
  const heard = [];
  Object.assign(window, { heard });
  const { set } = /** @type {PropertyDescriptor} */ (Object.getOwnPropertyDescriptor(BroadcastChannel.prototype, "onmessage"));
  Object.defineProperty(BroadcastChannel.prototype, "onmessage", { set(on) {
    set?.call(this, (/** @type {MessageEvent} */ event) => {
      heard.push(JSON.stringify(event.data));
      on(event);
    });
  } });
});

/** @param {import("playwright-core").Page} page @param {string} text */
const hasHeard = (page, text) => page.evaluate((text) => /** @type {any} */ (window).heard.some((/** @type {string} */ one) => one.includes(text)), text);

/** @param {import("../journeys.test.js").World} world */
async function eight_tabs_listen_by_one_stream_of_each_kind(world) {
  const { server, browser, token } = world;
  const acme = server.caller(token, "acme");
  const make = async () => (await acme("POST", "/api/jobs/enqueue", { jobName: "system.ping", payload: { message: "to all tabs" } })).jobId;
  await comesTo(world, 0);
  const visit = await Visit.begin(browser, server.url);
  await noteWhatIsHeard(visit.context);
  await visit.signIn(ADA, PASSWORD, "/me");
  const stranger = await visit.context.newPage();
  await stranger.goto("/t/globex/runs");
  await stranger.getByRole("heading", { level: 1, name: "Runs" }).waitFor();
  // Its jobs, and whether one of its handlers was disabled.
  await comesTo(world, 2);

  /** @type {import("playwright-core").Page[]} */
  const tabs = [];
  for (let nth = 0; nth < TABS; nth += 1) {
    const page = await visit.context.newPage();
    await page.goto("/t/acme/runs");
    await page.getByRole("region", { name: "Runs, the newest first" }).waitFor();
    await page.getByRole("status").getByText("live", { exact: true }).waitFor({ state: "attached" });
    tabs.push(page);
  }
  await comesTo(world, 4);
  const first = await make();
  await Promise.all(tabs.map((page) => shows(page, first)));

  // The one that leads goes, and another takes its place.
  await tabs.shift()?.close();
  let second = "";
  // What happens while nobody leads is read by all, and told by nobody.
  await until(async () => {
    second = await make();
    await Promise.all(tabs.map((page) => shows(page, second)));
    const told = await Promise.all(tabs.map((page) => hasHeard(page, second)));
    return told.filter(Boolean).length === tabs.length - 1;
  }, "one tab leads, and tells all others");
  await comesTo(world, 4);
  assert.equal(await hasHeard(stranger, first) || await hasHeard(stranger, second), false, "another tenant's tab hears nothing");

  // Who signs out in one tab does so in all.
  await tabs[0]?.getByRole("button", { name: /^Signed in as/ }).click();
  await tabs[0]?.getByRole("button", { name: "Sign out" }).click();
  for (const page of [...tabs, stranger]) await page.getByRole("button", { name: "Sign in", exact: true }).waitFor();
  await comesTo(world, 0);
  await visit.end();
}

/** @param {import("../journeys.test.js").World} world */
async function a_tab_that_is_not_looked_at_leads_no_other(world) {
  const { server, browser } = world;
  const visit = await Visit.begin(browser, server.url);
  await visit.signIn(ADA, PASSWORD, "/t/acme/runs");
  const { page } = visit;
  await page.getByRole("status").getByText("live", { exact: true }).waitFor({ state: "attached" });
  const other = await visit.context.newPage();
  await other.goto("/t/acme/runs");
  await other.getByRole("status").getByText("live", { exact: true }).waitFor({ state: "attached" });
  await page.evaluate(() => {
    Object.defineProperty(document, "hidden", { get: () => true });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await page.getByRole("status").getByText("not live").waitFor({ state: "attached" });
  await comesTo(world, 2);
  const { jobId } = await server.caller(world.token, "acme")("POST", "/api/jobs/enqueue", { jobName: "system.ping", payload: { message: "to who looks" } });
  await shows(other, jobId);
  await visit.end();
  await comesTo(world, 0);
}

/** @param {import("../journeys.test.js").World} world */
async function tabs_that_show_different_things_leave_room_to_ask(world) {
  const { server, browser } = world;
  const visit = await Visit.begin(browser, server.url);
  await visit.signIn(ADA, PASSWORD, "/me");
  for (const queue of ["a", "b", "c", "d", "e", "f", "g"]) {
    const page = await visit.context.newPage();
    await page.goto(`/t/acme/runs?queue=${queue}`);
    await page.getByRole("heading", { name: "No run is like that" }).waitFor();
  }
  await comesTo(world, 4);
  await visit.end();
}

/** @param {import("../journeys.test.js").World} world */
async function without_locks_each_tab_listens_for_itself(world) {
  const { server, browser, token } = world;
  const visit = await Visit.begin(browser, server.url);
  await visit.context.addInitScript(() => Object.defineProperty(navigator, "locks", { value: undefined }));
  await visit.signIn(ADA, PASSWORD, "/t/acme/runs");
  // A list under a hand is held still.
  await visit.page.mouse.move(2, 2);
  const other = await visit.context.newPage();
  await other.goto("/t/acme/runs");
  await other.getByRole("status").getByText("live", { exact: true }).waitFor({ state: "attached" });
  await comesTo(world, 4);
  const { jobId } = await server.caller(token, "acme")("POST", "/api/jobs/enqueue", { jobName: "system.ping", payload: { message: "to each" } });
  await Promise.all([visit.page, other].map((page) => shows(page, jobId)));
  await other.close();
  await comesTo(world, 2);
  await visit.end();
}

export const JOURNEYS = [eight_tabs_listen_by_one_stream_of_each_kind, a_tab_that_is_not_looked_at_leads_no_other, tabs_that_show_different_things_leave_room_to_ask, without_locks_each_tab_listens_for_itself];
