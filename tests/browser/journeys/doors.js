// Coming in: the first run, signing in and out, the first job.

import assert from "node:assert/strict";
import { Visit } from "../browser.js";
import { PASSWORD } from "../people.js";

/** @param {import("../journeys.test.js").World} world */
async function from_the_first_run_to_the_first_job({ server, browser }) {
  const visit = await Visit.begin(browser, server.url);
  const { page } = visit;
  await page.goto("/setup");
  await page.getByText("steading setup-link").waitFor();
  await visit.look("setup-without-code");

  await page.goto("about:blank");
  await page.goto(server.setup.replace(/^https?:\/\/[^/]+/, server.url));
  await page.getByText("You are about to own this instance").waitFor();
  assert.ok(!page.url().includes("code="), "the code is not left in the address bar");
  await visit.look("setup");
  await page.getByLabel("E-mail address").fill("ada@example.org");
  await page.getByLabel("Name").fill("Ada Lovelace");
  await page.getByLabel("Password").fill("short");
  await page.getByLabel("The first tenant").fill("acme");
  visit.expected.push(/422/);
  await page.getByRole("button", { name: "Make it mine" }).click();
  await page.getByText("Must have at least 10 characters.").waitFor();
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Make it mine" }).click();

  await page.getByRole("heading", { name: "No job has been here yet" }).waitFor();
  await visit.look("overview-empty");
  await page.getByRole("button", { name: "Put in a token for an hour" }).click();
  const call = page.getByLabel("A call for the terminal");
  await page.getByText("The token works for an hour").waitFor();
  const { url, method, headers, body } = callOf((await call.textContent()) ?? "");
  const reply = await fetch(url, { method, headers, body });
  assert.equal(reply.status, 202);
  // It appears by itself.
  await page.getByRole("group", { name: "Jobs by state" }).getByText("1", { exact: true }).first().waitFor();
  await visit.end();
}

/** A call for curl, taken apart. @param {string} text */
function callOf(text) {
  const words = [...text.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map((found) => found[1] ?? found[2] ?? found[3] ?? "").filter((word) => word !== "\\");
  /** @type {Record<string, string>} */
  const headers = {};
  words.forEach((word, at) => {
    const [name, value] = word === "-H" ? (words[at + 1] ?? "").split(": ") : [];
    if (name && value) headers[name] = value;
  });
  const after = (/** @type {string} */ flag) => words[words.indexOf(flag) + 1];
  return { url: words.find((word) => word.startsWith("http")) ?? "", method: after("-X"), headers, body: after("-d") };
}

/** @param {import("../journeys.test.js").World} world */
async function who_is_not_signed_in_comes_back_to_where_he_wanted({ server, browser }) {
  const visit = await Visit.begin(browser, server.url);
  const { page } = visit;
  visit.expected.push(/401/);
  await page.goto("/t/acme/runs?state=done");
  await page.getByLabel("E-mail address").fill("ada@example.org");
  await page.getByLabel("Password").fill("not the password");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("alert").waitFor();
  await visit.look("sign-in");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "Runs" }).waitFor();
  assert.ok(page.url().endsWith("/t/acme/runs?state=done"));
  await page.getByRole("button", { name: "Signed in as Ada Lovelace" }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "Sign in", exact: true }).waitFor();
  await page.goto("/t/acme/runs");
  await page.getByRole("button", { name: "Sign in", exact: true }).waitFor();
  await visit.end();
}

export const JOURNEYS = [
  from_the_first_run_to_the_first_job,
  who_is_not_signed_in_comes_back_to_where_he_wanted,
];
