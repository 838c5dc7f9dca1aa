// The pages of work: overview, runs, one run.

import assert from "node:assert/strict";
import { Visit } from "../browser.js";
import { PASSWORD } from "../people.js";

/** @param {import("../journeys.test.js").World} world */
async function what_needs_attention_comes_first({ server, browser }) {
  const visit = await Visit.begin(browser, server.url);
  const { page } = visit;
  await visit.signIn("ada@example.org", PASSWORD);
  await page.getByText("3 jobs gave up after all attempts.").waitFor();
  await page.getByText("The queue reports is paused, and 3 jobs wait in it.").waitFor();
  await visit.settle();
  await visit.look("overview");
  await page.getByRole("link", { name: "See why" }).first().click();
  await page.getByRole("heading", { level: 1, name: "Runs" }).waitFor();
  assert.ok(page.url().endsWith("/t/acme/runs?state=dead"));
  await visit.end();
}

/** @param {import("../journeys.test.js").World} world */
async function a_failing_run_is_found_understood_and_run_again({ server, browser }) {
  const visit = await Visit.begin(browser, server.url);
  const { page } = visit;
  await visit.signIn("ada@example.org", PASSWORD, "/t/acme/runs");
  await page.getByRole("heading", { level: 1, name: "Runs" }).waitFor();
  await visit.settle();
  await visit.look("runs");
  await page.getByLabel("State").selectOption("dead");
  await page.getByRole("region", { name: "Runs, the newest first" }).getByRole("link", { name: "mail.send" }).first().click();
  await page.getByRole("heading", { level: 1, name: "mail.send" }).waitFor();
  await page.getByText("SMTP 550: the mailbox does not exist").first().waitFor();
  await page.getByText("RCPT TO refused: 550 5.1.1").waitFor();
  await visit.look("run-dead");

  await page.getByRole("button", { name: "Edit and run again" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Payload" }).fill("{ \"to\": ");
  await dialog.getByText("This is no JSON yet").waitFor();
  assert.ok(await dialog.getByRole("button", { name: "Enqueue" }).isDisabled());
  await visit.look("run-again");
  await dialog.getByRole("textbox", { name: "Payload" }).fill('{ "to": "right@example.org" }');
  await dialog.getByRole("button", { name: "Enqueue" }).click();
  await page.getByText("Why it does not run:").waitFor();
  await page.getByText("right@example.org").waitFor();
  await visit.look("run-waiting");

  // A worker outside takes it and tells how far it is; the page follows by itself.
  const acme = server.caller(server.run("token", "create", "--account", "ada@example.org"), "acme");
  const id = page.url().split("/").at(-1);
  let mine;
  for (const job of await acme("POST", "/api/jobs/claim", { queues: ["mail"], limit: 10 })) if (job.id === id) mine = job;
  await acme("POST", `/api/jobs/${id}/heartbeat`, { lease: mine.lease, progress: 50, note: "half of it" });
  await page.getByText("half of it").waitFor();
  await visit.look("run-running");
  await acme("POST", `/api/jobs/${id}/complete`, { lease: mine.lease, result: { sent: true } });
  await page.getByRole("heading", { name: "Result" }).waitFor();
  await page.getByRole("heading", { name: "1 attempt" }).waitFor();
  await visit.end();
}

/** @param {import("../journeys.test.js").World} world */
async function a_job_is_enqueued_from_a_form_and_appears_in_the_list({ server, browser }) {
  const visit = await Visit.begin(browser, server.url);
  const { page } = visit;
  await visit.signIn("ada@example.org", PASSWORD, "/t/acme/runs");
  await page.getByRole("button", { name: "Enqueue a job" }).click();
  await page.getByRole("dialog").getByLabel("Job").selectOption("system.ping");
  await page.getByRole("dialog").getByLabel("message (optional)").fill("from a form");
  await visit.look("enqueue");
  await page.getByRole("dialog").getByRole("button", { name: "Enqueue" }).click();
  await page.getByText("\"from a form\"").first().waitFor();
  await page.getByRole("heading", { name: "Result" }).waitFor();
  await visit.look("run-done");

  await page.goBack();
  const table = page.getByRole("region", { name: "Runs, the newest first" });
  await table.waitFor();
  await page.mouse.move(2, 2);
  const acme = server.caller(server.run("token", "create", "--account", "ada@example.org"), "acme");
  const { jobId } = await acme("POST", "/api/jobs/enqueue", { jobName: "system.ping", tags: ["just now"] });
  await table.getByText("just now").waitFor();
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Find a page" }).fill(jobId);
  await visit.look("palette");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "system.ping" }).waitFor();
  assert.ok(page.url().endsWith(jobId));
  await visit.end();
}

/** @param {import("../journeys.test.js").World} world */
async function a_job_that_waits_is_changed_and_run_and_many_are_done_at_once({ server, browser }) {
  const visit = await Visit.begin(browser, server.url);
  const { page } = visit;
  await visit.signIn("ada@example.org", PASSWORD, "/t/acme/runs?tag=later");
  const table = page.getByRole("region", { name: "Runs, the newest first" });
  await table.getByRole("link", { name: "system.ping" }).click();
  await page.getByText("Why it does not run:").waitFor();
  await page.getByRole("button", { name: "Edit …", exact: true }).click();
  await page.getByRole("dialog").getByLabel("Priority").selectOption("urgent");
  await page.getByRole("dialog").getByLabel("message (optional)").fill("sooner");
  await page.getByRole("dialog").getByRole("button", { name: "Change it" }).click();
  await page.getByText("default, urgent").or(page.getByText(", urgent")).first().waitFor();
  await page.getByRole("button", { name: "Run now" }).click();
  await page.getByRole("heading", { name: "Result" }).waitFor();
  await page.getByText("\"sooner\"").first().waitFor();

  await page.goto("/t/acme/runs?state=dead&jobName=mail.send");
  await table.getByRole("link", { name: "mail.send" }).first().waitFor();
  await page.getByRole("button", { name: "All of these" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("This finds 3;", { exact: false }).waitFor();
  await visit.look("bulk");
  await dialog.getByLabel("What to do").selectOption("delete");
  await dialog.getByText("This finds 3;", { exact: false }).waitFor();
  await dialog.getByRole("button", { name: "Delete them" }).click();
  await page.getByText("Done to 3 of 3.").waitFor();
  await page.getByRole("heading", { name: "No run is like that" }).waitFor();
  await visit.end();
}

export const JOURNEYS = [
  what_needs_attention_comes_first,
  a_failing_run_is_found_understood_and_run_again,
  a_job_is_enqueued_from_a_form_and_appears_in_the_list,
  a_job_that_waits_is_changed_and_run_and_many_are_done_at_once,
];
