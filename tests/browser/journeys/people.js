// The pages of people: members, users, roles, API keys, yourself.

import assert from "node:assert/strict";
import { Visit } from "../browser.js";
import { ADA, PASSWORD } from "../people.js";

/** @param {import("../journeys.test.js").World} world */
async function a_key_is_narrowed_used_and_refused({ server, browser }) {
  const visit = await Visit.begin(browser, server.url);
  const { page } = visit;
  await visit.signIn(ADA, PASSWORD, "/t/acme/keys");
  await page.getByRole("heading", { level: 1, name: "API keys" }).waitFor();
  await visit.settle();
  await visit.look("keys");
  await page.getByRole("link", { name: "Make a key" }).click();
  await page.getByRole("heading", { level: 1, name: "Make an API key" }).waitFor();
  await visit.settle();
  const words = page.getByRole("region", { name: "What it would allow" });
  await words.getByText("Nothing yet.", { exact: false }).waitFor();
  await page.getByRole("textbox", { name: "Name" }).fill("reader of requests");
  await page.getByLabel("requests:read").check();
  await words.getByText("See requests", { exact: false }).waitFor();
  await words.getByText("3 operations of the API").click();
  await page.getByLabel("Only on these paths").fill("/api/jobs/*");
  await words.getByText("this key could do nothing", { exact: false }).waitFor();
  await page.getByLabel("Only on these paths").fill("/api/requests");
  await words.getByText("1 operation of the API").waitFor();
  await words.getByText("Only on these paths: /api/requests.").waitFor();
  await visit.look("key-new");
  await page.getByRole("button", { name: "Make the key" }).click();
  const token = (await page.getByLabel("The token", { exact: true }).textContent()) ?? "";
  await visit.look("key-made");
  const ask = (/** @type {string} */ path) => fetch(server.url + path, { headers: { authorization: `Bearer ${token}`, "x-tenant-id": "acme" } });
  assert.equal((await ask("/api/requests")).status, 200);
  assert.equal((await ask("/api/jobs")).status, 403, "the key is not for this");
  await page.getByRole("link", { name: "I have kept it" }).click();
  await page.getByRole("button", { name: "Delete reader of requests" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete it" }).click();
  await page.getByText("Deleted; its token ends at once.").waitFor();
  assert.equal((await ask("/api/requests")).status, 401);
  await visit.end();
}

/** @param {import("../journeys.test.js").World} world */
async function a_role_is_made_in_the_grid_and_given_to_a_member({ server, browser }) {
  const visit = await Visit.begin(browser, server.url);
  const { page } = visit;
  await visit.signIn(ADA, PASSWORD, "/t/acme/roles");
  await page.getByRole("heading", { level: 1, name: "Roles" }).waitFor();
  await page.getByRole("link", { name: /viewer/ }).click();
  await page.getByRole("heading", { name: "What viewer may do" }).waitFor();
  await visit.settle();
  await visit.look("roles");
  await page.getByRole("button", { name: "Make a role" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Name" }).fill("night-shift");
  await dialog.getByLabel("What it is for").fill("Looks after jobs at night");
  await dialog.getByLabel("jobs:*").check();
  await dialog.getByLabel("requests:read").check();
  assert.ok(await dialog.getByLabel(/^jobs:write:/).isChecked(), "the star includes it");
  assert.ok(await dialog.getByLabel(/^jobs:write:/).isDisabled(), "the star includes it");
  await dialog.getByText("jobs:* requests:read").waitFor();
  await visit.look("role-make");
  await dialog.getByRole("button", { name: "Make it" }).click();
  await page.getByRole("heading", { name: "What night-shift may do" }).waitFor();

  await page.getByRole("link", { name: "Members" }).click();
  await page.getByRole("heading", { level: 1, name: "Members" }).waitFor();
  await page.getByRole("cell", { name: /grace@example.org/ }).first().waitFor();
  await visit.settle();
  await visit.look("members");
  await page.getByRole("button", { name: "Role of grace@example.org" }).click();
  await page.getByRole("dialog").getByLabel("Role").selectOption("night-shift");
  await page.getByRole("dialog").getByText("Looks after jobs at night").waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Give it" }).click();
  await page.getByRole("cell", { name: "night-shift" }).waitFor();
  visit.expected.push(/422/);
  await page.getByRole("button", { name: "Add a member" }).click();
  await page.getByRole("dialog").getByLabel("E-mail address of the account").fill("nobody@example.org");
  await page.getByRole("dialog").getByRole("button", { name: "Add" }).click();
  await page.getByRole("dialog").locator("input[aria-invalid=true]").waitFor();
  await visit.end();
}

/** @param {import("../journeys.test.js").World} world */
async function a_user_is_found_disabled_and_kept_out({ server, browser }) {
  const visit = await Visit.begin(browser, server.url);
  const { page } = visit;
  await visit.signIn(ADA, PASSWORD, "/t/acme/users");
  await page.getByRole("cell", { name: /lee@acme.example/ }).first().waitFor();
  await visit.settle();
  await visit.look("users");
  await page.getByLabel("Search").fill("kim");
  await page.getByRole("cell", { name: /lee@acme.example/ }).first().waitFor({ state: "detached" });

  // Kim sees what an agent may see, and nothing of who runs this.
  const kims = await Visit.begin(browser, server.url);
  await kims.page.goto("/sign-in");
  await kims.page.getByRole("button", { name: "To one tenant only" }).click();
  await kims.page.getByLabel("Tenant").fill("acme");
  await kims.page.getByLabel("E-mail address").fill("kim@acme.example");
  await kims.page.getByLabel("Password").fill("a very long word");
  await kims.page.getByRole("button", { name: "Sign in", exact: true }).click();
  await kims.page.getByRole("heading", { level: 1, name: "Requests" }).waitFor();
  await kims.settle();
  await kims.look("as-a-user");
  const links = await kims.page.getByRole("navigation", { name: "Pages" }).getByRole("link").allTextContents();
  assert.deepEqual(links, ["Requests", "Users", "API"]);
  await kims.page.goto("/t/acme/runs");
  await kims.page.getByRole("heading", { name: "You may not see this page" }).waitFor();

  await page.getByRole("button", { name: "Edit kim@acme.example" }).click();
  await page.getByRole("dialog").getByLabel("May sign in and act").uncheck();
  await visit.look("user-edit");
  await page.getByRole("dialog").getByRole("button", { name: "Change" }).click();
  await page.getByRole("cell", { name: "disabled" }).waitFor();
  kims.expected.push(/401/);
  await kims.page.goto("/t/acme/requests");
  await kims.page.getByRole("button", { name: "Sign in", exact: true }).waitFor();
  await kims.end();
  await visit.end();
}

/** @param {import("../journeys.test.js").World} world */
async function one_changes_his_name_and_ends_another_session({ server, browser }) {
  const other = await Visit.begin(browser, server.url);
  await other.signIn(ADA, PASSWORD, "/me");
  const visit = await Visit.begin(browser, server.url);
  const { page } = visit;
  await visit.signIn(ADA, PASSWORD, "/me");
  await page.getByRole("region", { name: "Your sessions" }).getByText("this one").waitFor();
  await visit.look("me");
  await page.getByRole("button", { name: "Signed in as Ada Lovelace" }).click();
  await page.getByRole("radio", { name: "Dark" }).click();
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
  await page.reload();
  await page.getByRole("heading", { level: 1, name: "You" }).waitFor();
  assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme), "dark");
  await page.getByLabel("Name").fill("Ada, Countess");
  await page.getByRole("region", { name: "Profile" }).getByRole("button", { name: "Change it" }).click();
  await page.getByRole("button", { name: "Signed in as Ada, Countess" }).waitFor();
  await page.getByLabel("Name").fill("Ada Lovelace");
  await page.getByRole("region", { name: "Profile" }).getByRole("button", { name: "Change it" }).click();
  await page.getByRole("button", { name: "Signed in as Ada Lovelace" }).waitFor();
  // The newest after this one is the other's.
  await page.getByRole("region", { name: "Your sessions" }).getByRole("button", { name: "End" }).first().click();
  await page.getByRole("dialog").getByRole("button", { name: "End it" }).click();
  await page.getByText("Ended.").waitFor();
  other.expected.push(/401/);
  await other.page.goto("/t/acme");
  await other.page.getByRole("button", { name: "Sign in", exact: true }).waitFor();
  await other.end();
  await visit.end();
}

export const JOURNEYS = [
  a_key_is_narrowed_used_and_refused,
  a_role_is_made_in_the_grid_and_given_to_a_member,
  a_user_is_found_disabled_and_kept_out,
  one_changes_his_name_and_ends_another_session,
];
