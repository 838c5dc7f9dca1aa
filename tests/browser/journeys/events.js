// The pages of events: the history, the handlers, the dead letters; and a webhook from red to green.

import assert from "node:assert/strict";
import { Visit, until } from "../browser.js";
import { ADA, PASSWORD } from "../people.js";

/** @param {import("../journeys.test.js").World} world */
async function the_first_event_comes_from_the_terminal_and_appears_by_itself({ server, browser }) {
  const visit = await Visit.begin(browser, server.url);
  const { page } = visit;
  await visit.signIn(ADA, PASSWORD, "/t/hooli/events");
  await page.getByRole("heading", { name: "Nothing has been published here yet" }).waitFor();
  await visit.look("events-empty");
  await page.getByRole("button", { name: "Put in a token for an hour" }).click();
  await page.getByText("The token works for an hour").waitFor();
  const curl = await page.getByLabel("A call for the terminal").innerText();
  const token = /Bearer ([^"]+)"/.exec(curl)?.[1] ?? "";
  await server.caller(token, "hooli")("POST", "/api/events", JSON.parse(/-d '(.*)'/.exec(curl)?.[1] ?? ""));
  const table = page.getByRole("region", { name: "Events, the newest first" });
  await table.getByRole("link", { name: "order.paid" }).waitFor();
  await visit.end();
}

/** @param {import("../journeys.test.js").World} world */
async function events_are_found_opened_and_published_by_hand({ server, browser, receiver, token }) {
  const hooli = server.caller(token, "hooli");
  await hooli("POST", "/api/subscriptions", { name: "pings", pattern: "ping.*", target: { job: "system.ping" } });
  await hooli("POST", "/api/events", { type: "ping.asked", subject: "p-1", payload: { message: "from an event" } });
  for (let at = 0; at < 8; at += 1) await hooli("POST", "/api/events", { type: at % 2 ? "parcel.lost" : "parcel.sent", subject: `o-${at}`, payload: { amount: 40 * at, customer: { country: at % 3 ? "AT" : "DE" } } });
  receiver.answer = { status: 200, body: "thanks" };

  const visit = await Visit.begin(browser, server.url);
  const { page } = visit;
  await visit.signIn(ADA, PASSWORD, "/t/hooli/events");
  const table = page.getByRole("region", { name: "Events, the newest first" });
  await table.getByRole("link", { name: "ping.asked" }).waitFor();
  await visit.settle();
  await visit.look("events");
  await page.getByLabel("Type").fill("parcel");
  await page.keyboard.press("Enter");
  await page.getByText("A type such as order.paid, or everything under a prefix: order.*").waitFor();
  assert.ok(!page.url().includes("type="), "what is no pattern is not asked for");
  await page.getByLabel("Type").fill("parcel.*");
  await page.keyboard.press("Enter");
  await table.getByRole("link", { name: "ping.asked" }).waitFor({ state: "detached" });
  await page.getByLabel("Subject").fill("o-3");
  // What is being written stays while others publish.
  await page.mouse.move(2, 2);
  await hooli("POST", "/api/events", { type: "parcel.late", subject: "o-9", payload: {} });
  await table.getByRole("link", { name: "parcel.late" }).waitFor();
  await page.keyboard.press("Enter");
  await table.getByRole("link", { name: "parcel.sent" }).first().waitFor({ state: "detached" });
  assert.ok(page.url().includes("type=parcel.*&subject=o-3"), page.url());
  await page.getByRole("button", { name: "By time" }).click();
  await page.getByLabel("Published since").fill("2020-01-01T00:00");
  await page.waitForURL(/since=20/);
  await page.getByRole("button", { name: "Clear" }).click();
  await table.getByRole("link", { name: "ping.asked" }).click();
  await page.getByRole("heading", { level: 1, name: "ping.asked" }).waitFor();
  await page.getByText("\"from an event\"").waitFor();
  await page.locator("h1 + .state", { hasText: "delivered" }).waitFor();
  await page.getByRole("link", { name: "system.ping" }).waitFor();
  await visit.settle();
  await visit.look("event-delivered");

  // To whom it goes again is chosen; what it causes is seen.
  await page.getByRole("button", { name: "Deliver again" }).click();
  await visit.look("event-replay");
  await page.getByRole("dialog").getByRole("button", { name: "Deliver again" }).click();
  await page.getByText("1 new delivery.").waitFor();
  await page.getByRole("heading", { name: "2 deliveries" }).waitFor();

  await page.getByRole("button", { name: "Publish another like it" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("It goes to pings.").waitFor();
  await dialog.getByRole("textbox", { name: "Payload" }).fill("{ \"message\": ");
  await dialog.getByText("This is no JSON yet").waitFor();
  await visit.look("publish");
  await dialog.getByRole("textbox", { name: "Payload" }).fill('{ "message": "by hand" }');
  await dialog.getByRole("button", { name: "Publish", exact: true }).click();
  await page.getByText("\"by hand\"").waitFor();
  assert.equal((await hooli("GET", "/api/events?type=ping.asked")).length, 2);

  // What the server itself publishes nobody else does.
  await page.getByRole("link", { name: "← Events" }).click();
  await page.getByRole("button", { name: "Publish an event" }).click();
  await dialog.getByLabel("Type", { exact: true }).fill("request.deleted");
  await dialog.getByText("The server alone publishes this.").waitFor();
  assert.ok(await dialog.getByRole("button", { name: "Publish", exact: true }).isDisabled());
  await visit.look("publish-of-server");
  await page.keyboard.press("Escape");
  await page.getByRole("link", { name: "Types of events" }).click();
  await page.getByText("handler.disabled", { exact: true }).click();
  await page.getByRole("region", { name: "Payload of handler.disabled" }).getByText("failuresInARow").waitFor();
  await visit.look("event-types");

  // Many at once are counted before they are delivered again.
  await page.goto("/t/hooli/events?type=parcel.*");
  await page.getByRole("button", { name: "Replay all of these" }).click();
  await dialog.getByText("The filters find 9 events.").waitFor();
  await dialog.getByLabel("To whom").selectOption({ label: "pings" });
  await visit.look("replay-many");
  await dialog.getByRole("button", { name: "Deliver again" }).click();
  await page.getByRole("heading", { level: 1, name: "events.replay" }).waitFor();
  await page.getByRole("heading", { name: "Result" }).waitFor();
  await visit.end();
}

/** @param {import("../journeys.test.js").World} world */
async function a_failing_webhook_goes_from_red_to_fixed_to_replayed({ server, browser, receiver, token }) {
  const umbrella = server.caller(token, "umbrella");
  for (const amount of [20, 120, 200]) await umbrella("POST", "/api/events", { type: "order.paid", subject: `o-${amount}`, payload: { amount } });
  receiver.answer = { status: 500, body: "the chat is down" };

  const visit = await Visit.begin(browser, server.url, { permissions: ["clipboard-read", "clipboard-write"] });
  const { page } = visit;
  const dialog = page.getByRole("dialog");
  await visit.signIn(ADA, PASSWORD, "/t/umbrella/handlers");
  await page.getByRole("button", { name: "Put in a token for an hour" }).waitFor();
  await visit.look("handlers-empty");

  // It is added, and before that it is seen which events it would have got.
  await page.getByRole("button", { name: "Add a handler" }).click();
  await dialog.getByLabel("Name").fill("chat");
  await dialog.getByLabel("Listens to").fill("order.*");
  const preview = dialog.getByRole("status", { name: "Which events it means" });
  await preview.getByText("it would get every one.", { exact: false }).waitFor();
  await dialog.getByLabel("Only when the payload is so").fill('{"amount": {"gte": 100}}');
  await preview.getByText("Of the newest 3 events of these types it would get 2.").waitFor();
  await dialog.getByLabel("URL").fill("http://10.1.2.3/hook");
  visit.expected.push(/422/);
  await dialog.getByRole("button", { name: "Add it" }).click();
  await dialog.getByLabel("URL").and(page.locator("[aria-invalid=true]")).waitFor();
  await visit.look("handler-add");
  await dialog.getByLabel("URL").fill(`http://${receiver.host}/hook`);
  await dialog.getByText("Attempts and order").click();
  await dialog.getByLabel("Attempts", { exact: true }).fill("1");
  await dialog.getByLabel("When it was disabled for failing").selectOption("manual");
  await dialog.getByRole("button", { name: "Add it" }).click();
  await dialog.getByText("It is shown this once.", { exact: false }).waitFor();
  await visit.look("handler-secret");
  await dialog.getByRole("button", { name: "Copy the secret" }).click();
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^whsec_/);
  await dialog.getByRole("button", { name: "I have kept it" }).click();
  await page.getByRole("row", { name: /chat.*nothing yet/ }).waitFor();

  // Five events fail; it is disabled, and whoever looks at another page is told.
  await page.getByRole("link", { name: "Overview" }).click();
  for (let at = 0; at < 5; at += 1) await umbrella("POST", "/api/events", { type: "order.paid", subject: `o-${at}`, payload: { amount: 100 + at } });
  const notice = page.getByRole("main").getByText("The handler chat kept failing and was disabled.", { exact: false });
  await notice.waitFor();
  for (let at = 5; at < 7; at += 1) await umbrella("POST", "/api/events", { type: "order.paid", subject: `o-${at}`, payload: { amount: 100 + at } });
  await page.getByText("5 deliveries never arrived.").waitFor();
  await visit.settle();
  await visit.look("notice");
  await page.getByRole("link", { name: "See why" }).first().click();
  await page.getByRole("heading", { level: 1, name: "chat" }).waitFor();
  await page.getByText("Five different events failed in a row.", { exact: false }).waitFor();
  await page.getByRole("region", { name: "Latest deliveries" }).getByText("500", { exact: false }).first().waitFor();
  await visit.settle();
  await visit.look("handler-disabled");
  await page.getByRole("link", { name: "← Handlers" }).click();
  await page.getByRole("row", { name: /chat.*disabled by itself/ }).waitFor();
  await visit.look("handlers");
  await page.getByRole("link", { name: "chat", exact: true }).click();

  // A test shows what is wrong, and then that it is mended.
  await page.getByRole("button", { name: "Send a test" }).click();
  await dialog.getByText("it does not work").waitFor();
  await dialog.getByText("the chat is down").first().waitFor();
  await visit.look("handler-test-failed");
  receiver.answer = { status: 200, body: "welcome back" };
  await dialog.getByRole("button", { name: "Once more" }).click();
  await dialog.getByText("it works").waitFor();
  await visit.look("handler-test-well");
  await dialog.getByRole("button", { name: "Close", exact: true }).last().click();

  // Enabled, it gets what waited; what was given up is delivered anew, after it was counted.
  receiver.calls = [];
  await page.getByRole("button", { name: "Enable", exact: true }).click();
  await page.locator("h1 + .state", { hasText: "healthy" }).waitFor();
  await notice.waitFor({ state: "detached" });
  await until(() => receiver.of("order.paid").length === 2, "those that were held have arrived");
  await page.getByRole("link", { name: "dead letters 5" }).click();
  await page.getByRole("heading", { level: 1, name: "Dead letters" }).waitFor();
  await visit.settle();
  await page.getByRole("link", { name: "← Dead letters by what went wrong" }).click();
  const groups = page.getByRole("region", { name: "Dead letters by what went wrong" });
  await groups.getByRole("row", { name: /500.*chat.*5/ }).first().waitFor();
  await visit.look("dead-letters");
  await groups.getByRole("link", { name: /500/ }).first().click();
  const letters = page.getByRole("region", { name: "Dead letters, the newest first" });
  await letters.getByRole("button", { name: "order.paid", exact: true }).first().click();
  await dialog.getByText("the chat is down").first().waitFor();
  await visit.look("dead-letter");

  // One is corrected: its handler gets what it should have said, and nobody else does.
  await dialog.getByRole("button", { name: "Change it and deliver" }).click();
  const as = dialog.getByRole("textbox", { name: "Payload" });
  await as.fill(JSON.stringify({ order: "corrected by hand" }));
  await visit.look("dead-letter-corrected");
  await dialog.getByRole("button", { name: "Deliver it so" }).click();
  await page.getByRole("heading", { name: "1 delivery" }).waitFor();
  await until(() => receiver.of("order.paid").some((/** @type {any} */ call) => JSON.stringify(call).includes("corrected by hand")), "the corrected one has arrived");
  await page.goBack();
  await letters.getByRole("row").nth(1).waitFor();
  await letters.getByRole("button", { name: "Put away … order.paid o-3" }).click();
  await dialog.getByRole("button", { name: "Put it away" }).click();
  await page.getByText("It is put away.").waitFor();
  await visit.look("dead-letters-of-one-error");
  await page.getByRole("button", { name: "Deliver all anew" }).click();
  await dialog.getByText("This finds 3.").waitFor();
  await visit.look("dead-letters-bulk");
  await dialog.getByRole("button", { name: "Deliver anew" }).click();
  await page.getByText("Delivered anew: 3 of 3.").waitFor();
  await page.getByRole("heading", { name: "None of these is left" }).waitFor();

  // The event tells the whole story.
  await page.goto("/t/umbrella/events?subject=o-2");
  await page.getByRole("region", { name: "Events, the newest first" }).getByRole("row", { name: /delivered.*order.paid/ }).first().waitFor();
  await page.getByRole("link", { name: "order.paid" }).first().click();
  await page.getByRole("heading", { name: "2 deliveries" }).waitFor();
  await page.getByText("welcome back").or(page.getByText("the chat is down")).first().waitFor();
  await visit.settle();
  await visit.look("event-replayed");
  await until(() => receiver.of("order.paid").length === 6, "and those that were delivered anew");
  const [call] = receiver.of("order.paid");
  assert.ok(String(call?.headers["webhook-signature"]).startsWith("v1,"), "it is signed");
  await visit.end();
}

/** @param {import("../journeys.test.js").World} world */
async function a_handler_is_changed_given_a_new_secret_and_deleted({ server, browser, receiver, token }) {
  const tyrell = server.caller(token, "tyrell");
  receiver.answer = { status: 200, body: "" };
  const { id } = await tyrell("POST", "/api/subscriptions", { name: "crm", pattern: "order.*", target: { webhook: `http://${receiver.host}/crm` } });
  await tyrell("POST", "/api/events", { type: "order.paid", payload: {} });
  const visit = await Visit.begin(browser, server.url);
  const { page } = visit;
  const dialog = page.getByRole("dialog");
  await visit.signIn(ADA, PASSWORD, `/t/tyrell/handlers/${id}`);
  await page.locator("h1 + .state", { hasText: "healthy" }).waitFor();
  await visit.settle();
  await visit.look("handler");
  await page.getByRole("button", { name: "Edit …", exact: true }).click();
  await dialog.getByLabel("Listens to").fill("*");
  await dialog.getByText("Attempts and order").click();
  await dialog.getByLabel("One at a time for each subject").check();
  await visit.look("handler-edit");
  await dialog.getByRole("button", { name: "Change it" }).click();
  await page.getByText("by subject, one at a time").waitFor();
  await page.getByRole("button", { name: "New secret" }).click();
  await dialog.getByRole("button", { name: "Make a new secret" }).click();
  await dialog.getByText("signed with the old one as well", { exact: false }).waitFor();
  await visit.look("handler-new-secret");
  await dialog.getByRole("button", { name: "I have kept it" }).click();
  // One that somebody disabled himself is nothing to be told of.
  await page.getByRole("button", { name: "Disable", exact: true }).click();
  await page.getByText("Somebody disabled it.", { exact: false }).waitFor();
  assert.equal(await page.getByText("kept failing").count(), 0);
  await page.getByRole("button", { name: "Delete …" }).click();
  await dialog.getByRole("button", { name: "Delete it" }).click();
  await page.getByRole("heading", { name: "Nobody listens yet" }).waitFor();
  await visit.end();
}

export const JOURNEYS = [
  the_first_event_comes_from_the_terminal_and_appears_by_itself,
  events_are_found_opened_and_published_by_hand,
  a_failing_webhook_goes_from_red_to_fixed_to_replayed,
  a_handler_is_changed_given_a_new_secret_and_deleted,
];
