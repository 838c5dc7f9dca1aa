// Somebody who has read nothing: from the link that the server printed to a webhook that failed, was mended and
// got what it had missed. Only by what stands on the pages.

import assert from "node:assert/strict";
import { Visit, until } from "../browser.js";
import { Server } from "../server.js";

/** @param {import("../journeys.test.js").World} world */
async function who_has_read_nothing_sends_breaks_mends_and_sends_again({ browser, receiver }) {
  const server = await Server.start({ STEADING__OUTBOUND__ALLOW: receiver.host, STEADING__IDENTITY__ACCOUNT_SIGNUP: "true" });
  const visit = await Visit.begin(browser, server.url);
  const { page } = visit;
  const button = (/** @type {string | RegExp} */ name) => page.getByRole("button", { name, exact: typeof name === "string" });
  const link = (/** @type {string | RegExp} */ name) => page.getByRole("link", { name, exact: typeof name === "string" });
  const dialog = page.getByRole("dialog");
  const heading = (/** @type {string | RegExp} */ name) => page.getByRole("heading", { name }).first().waitFor();

  // An account of one's own, and nothing to see in it yet.
  await page.goto("/");
  await button("Sign up").click();
  await page.getByLabel("E-mail address").fill("noah@example.org");
  await page.getByLabel("Name").fill("Noah");
  await page.getByLabel("Password").fill("correct horse battery");
  await visit.look("sign-up");
  await page.getByRole("form", { name: "Sign up" }).getByRole("button", { name: "Sign up" }).click();
  await page.getByText("You are in no tenant yet.", { exact: false }).waitFor({ timeout: 20_000 });
  await visit.look("you-without-tenant");
  await button("Signed in as Noah").click();
  await button("Sign out").click();
  await page.getByRole("form", { name: "Sign in" }).waitFor();

  // The printed link makes the owner, and a tenant.
  await page.goto("about:blank");
  await page.goto(server.setup.replace(/^https?:\/\/[^/]+/, server.url));
  await page.getByLabel("E-mail address").fill("olga@example.org");
  await page.getByLabel("Name").fill("Olga");
  await page.getByLabel("Password").fill("correct horse battery");
  await page.getByLabel("The first tenant").fill("shop");
  await button("Make it mine").click();
  await page.getByRole("heading", { name: "No job has been here yet" }).waitFor({ timeout: 20_000 });

  // A key that may publish, and nothing else.
  await link("API keys").click();
  await link("Make the first").click();
  await page.getByRole("textbox", { name: "Name" }).fill("till");
  await page.getByLabel("events:write").check();
  await page.getByText("Whoever has its token may:").waitFor();
  await button("Make the key").click();
  await heading("The key till is made");
  const token = (await page.getByLabel("The token", { exact: true }).textContent()) ?? "";
  const call = (await page.getByLabel("A call with the token").textContent()) ?? "";
  assert.ok(call.includes("/api/events") && call.includes("-X POST"), `how to use it: ${call}`);
  await link("I have kept it").click();

  // Somebody who listens, and does not answer well.
  receiver.answer = { status: 500, body: "the chat has no room of this name" };
  await link("Handlers").click();
  await button("Add a handler").first().click();
  await dialog.getByLabel("Name").fill("chat");
  await dialog.getByLabel("Listens to").fill("order.*");
  await dialog.getByLabel("URL").fill(`http://${receiver.host}/rooms/nowhere`);
  await dialog.getByText("Attempts and order").click();
  await dialog.getByLabel("Attempts", { exact: true }).fill("1");
  await button("Add it").click();
  await button("I have kept it").click();
  await server.caller(token, "shop")("POST", "/api/events", { type: "order.paid", subject: "o-1", payload: { amount: 120 } });

  // It is told where one looks first, and why.
  await link("Overview").click();
  await page.getByText("1 delivery never arrived.", { exact: false }).waitFor();
  await visit.look("newcomer-broken");
  await link("See what went wrong").click();
  await heading("Dead letters");
  await link(/The receiver answered 500/).click();
  await button("order.paid").click();
  await dialog.getByText("the chat has no room of this name", { exact: false }).first().waitFor();
  await page.keyboard.press("Escape");

  // From what went wrong to who did, to put it right.
  await link("chat").first().click();
  await page.getByRole("heading", { level: 1, name: "chat" }).waitFor();
  await button("Edit …").click();
  await dialog.getByLabel("URL").fill(`http://${receiver.host}/rooms/orders`);
  receiver.answer = { status: 200, body: "thanks" };
  await dialog.getByRole("button", { name: "Change it" }).click();
  await dialog.waitFor({ state: "detached" });
  await button("Send a test …").click();
  await dialog.getByText("200", { exact: false }).first().waitFor();
  await dialog.getByRole("button", { name: "Close" }).last().click();

  // And what was missed goes out again.
  receiver.calls.length = 0;
  await page.getByRole("group", { name: "The last day" }).getByRole("link", { name: /dead letters/ }).click();
  await button(/^Deliver anew/).first().click();
  await page.getByText("It is delivered anew.").waitFor();
  await until(() => receiver.of("order.paid").length === 1, "it arrived after all");
  await heading("None of these is left");
  await visit.end();
  await server.stop();
}

export const JOURNEYS = [who_has_read_nothing_sends_breaks_mends_and_sends_again];
