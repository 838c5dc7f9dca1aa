// Hostile text in every field, and then every page: nothing of it runs, is made into elements or breaks a layout.

import assert from "node:assert/strict";
import { PAGES } from "../../../static/routes.js";
import { Visit } from "../browser.js";
import { HOSTILE, plant } from "../hostile.js";
import { ADA, PASSWORD } from "../people.js";

const MALLORY = "mallory@hostile.example";
const MOST_OF_A_KIND = 3;
/** What only opens something to look at, by what it says. */
const OPENS = /^(edit|limits|look|keys|make|add|publish|replay|open|preview|who|show|enqueue|again|test|inspect|retry with)| …$|^\w+\.\w+$/i;

/** The pattern of the page at a path. @param {string} path */
const patternOf = (path) => PAGES.find((page) => new RegExp(`^${page.path.replace(/:\w+/g, "[^/]+")}$`).test(path))?.path;

/** Traps what must not happen. @param {Visit} visit */
async function trap(visit) {
  await visit.context.addInitScript(() => {
    Object.assign(globalThis, { planted: () => console.error("planted text ran") });
    addEventListener("securitypolicyviolation", (event) => console.error(`the policy stopped ${event.violatedDirective}`));
  });
  visit.page.on("dialog", (dialog) => { visit.wrongs.push(`a dialog: ${dialog.message()}`); dialog.dismiss(); });
  visit.page.on("popup", (popup) => visit.wrongs.push(`a window: ${popup.url()}`));
}

/** What text was made into on the page that is shown. @param {Visit} visit @param {string} where @param {number[]} [widths] */
async function nothingGrew(visit, where, widths = [360]) {
  const { page } = visit;
  for (const width of widths) {
    await page.setViewportSize({ width, height: 800 });
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    const grown = await page.evaluate(() => {
      const found = [...document.querySelectorAll("planted-x, [data-planted], img, iframe, object, embed, base, script:not([src^='/assets/'])")].map(({ outerHTML }) => outerHTML.slice(0, 120));
      for (const one of document.querySelectorAll("*")) if ([...one.attributes].some(({ name }) => name.startsWith("on"))) found.push(one.outerHTML.slice(0, 120));
      for (const link of document.querySelectorAll("a[href], form[action]")) {
        const url = new URL(link.getAttribute("href") ?? link.getAttribute("action") ?? "", location.href);
        if (url.origin !== location.origin) found.push(`a link to ${url.href.slice(0, 120)}`);
      }
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) {
        const holder = walker.currentNode.parentElement;
        // The words that come up over a drawing stand alone.
        if (!holder || holder.localName === "title" || !walker.currentNode.nodeValue?.includes("\u202E")) continue;
        const { display, unicodeBidi } = getComputedStyle(holder);
        if (display === "inline" && unicodeBidi !== "isolate") found.push(`turned about: ${holder.outerHTML.slice(0, 120)}`);
      }
      if ("planted" in {}) found.push("the prototype of all objects");
      const root = document.documentElement;
      if (root.scrollWidth > root.clientWidth) {
        const wide = [...document.querySelectorAll("main *")].filter((one) => one.getBoundingClientRect().right > root.clientWidth + 1).at(-1);
        found.push(`${root.scrollWidth - root.clientWidth} px too wide: ${wide?.outerHTML.slice(0, 200)}`);
      }
      return found;
    });
    visit.wrongs.push(...grown.map((/** @type {string} */ one) => `${where}, ${width} px: ${one}`));
  }
  await page.setViewportSize({ width: 1280, height: 800 });
}

/** Opens what can be looked at on a page: what is folded, and dialogs. @param {Visit} visit @param {string} where */
async function openAll(visit, where) {
  const { page } = visit;
  await page.evaluate(() => { for (const one of document.querySelectorAll("main details")) one.setAttribute("open", ""); });
  const names = await page.locator("main button").evaluateAll((buttons) => buttons.map((button) => (button.getAttribute("aria-label") ?? button.textContent ?? "").trim()));
  const seen = new Set();
  for (const [at, name] of names.entries()) {
    const kind = name.split(" ")[0] ?? "";
    if (!OPENS.test(name) || seen.has(kind) || seen.size > 8) continue;
    seen.add(kind);
    const button = page.locator("main button").nth(at);
    if (!(await button.isVisible()) || !(await button.isEnabled())) continue;
    await button.click();
    await visit.settle();
    await nothingGrew(visit, `${where}, ${name.slice(0, 30)}`);
    const dialog = page.getByRole("dialog");
    if (await dialog.count()) {
      await page.keyboard.press("Escape");
      await dialog.first().waitFor({ state: "detached" });
    }
    // What was pressed may have led to another page, or have changed this one.
    if (new URL(page.url()).pathname !== where) await page.goBack();
  }
}

/** Visits every page under a prefix, and from lists what they lead to. @param {Visit} visit @param {string} prefix @param {string} tenant */
async function walk(visit, prefix, tenant) {
  const { page } = visit;
  const paths = PAGES.filter(({ path }) => path.startsWith(prefix) && !path.includes(":id")).map(({ path }) => path.replace(":tenant", tenant));
  /** @type {Map<string | undefined, number>} */
  const visits = new Map();
  const known = new Set(paths);
  for (const path of paths) {
    const pattern = patternOf(path);
    const times = visits.get(pattern) ?? 0;
    if (times >= MOST_OF_A_KIND) continue;
    visits.set(pattern, times + 1);
    await page.goto(path);
    await page.getByRole("heading", { level: 1 }).first().waitFor();
    await visit.settle();
    if (times === 0) await openAll(visit, path);
    await nothingGrew(visit, path, times === 0 ? [1280, 360] : [360]);
    const links = await page.locator("main a[href]").evaluateAll((found) => found.map((link) => new URL(link.getAttribute("href") ?? "", location.href).pathname));
    for (const link of links) {
      if (known.has(link) || !link.startsWith(prefix.replace(":tenant", tenant))) continue;
      known.add(link);
      if (patternOf(link)) paths.push(link);
    }
  }
  return PAGES.filter(({ path }) => path.startsWith(prefix) && !visits.has(path)).map(({ path }) => path);
}

/** @param {import("../journeys.test.js").World} world */
async function hostile_text_in_every_field_stays_text_on_every_page({ server, browser, receiver, token }) {
  const owner = server.caller(token, "hostile");
  await server.caller(token)("POST", "/api/tenants", { slug: "hostile", name: "Hostile" });
  await owner("POST", "/api/users", { email: MALLORY, name: "Mallory", role: "owner", password: PASSWORD });
  const signIn = await fetch(`${server.url}/api/auth/login`, {
    method: "POST", headers: { "content-type": "application/json", "x-tenant-id": "hostile", "user-agent": HOSTILE[0] ?? "" }, body: JSON.stringify({ email: MALLORY, password: PASSWORD }),
  }).then((reply) => reply.json());
  const mallory = server.caller(signIn.data.token, "hostile");
  const document = await fetch(`${server.url}/api/openapi.json`).then((reply) => reply.json());
  assert.deepEqual(await plant(document, [mallory, server.caller(token)]), [], "took nothing that was planted; say in hostile.js what it takes");

  // What others answer is shown as well, and what addresses say.
  receiver.answer = { status: 500, body: HOSTILE.slice(0, 7).join("\n") };
  await mallory("POST", "/api/subscriptions", { name: "answers", pattern: "order.answered", maxAttempts: 1, target: { webhook: `http://${receiver.host}/` } });
  await mallory("POST", "/api/events", { type: "order.answered", payload: { text: HOSTILE[0] } });
  for (const text of HOSTILE.slice(0, 6)) await fetch(`${server.url}/api/requests/${encodeURIComponent(text)}?search=${encodeURIComponent(text)}`, { headers: { authorization: `Bearer ${signIn.data.token}`, "x-tenant-id": "hostile" } });

  const visit = await Visit.begin(browser, server.url);
  await trap(visit);
  await visit.signIn(ADA, PASSWORD, "/t/hostile");
  assert.deepEqual(await walk(visit, "/t/:tenant", "hostile"), [], "pages that nothing led to");
  await walk(visit, "/instance", "");
  for (const path of ["/me", ...["runs?search=", "events?type=", "traces?route=", "logs?search=", "users?search=", "audit?action="].map((rest) => `/t/hostile/${rest}${encodeURIComponent(HOSTILE[0] ?? "")}`)]) {
    visit.expected.push(/4\d\d \(/);
    await visit.page.goto(path);
    await visit.settle();
    await nothingGrew(visit, path);
  }
  await visit.page.getByRole("button", { name: /Choose another/ }).or(visit.page.getByRole("button", { name: /Choose/ })).first().click();
  await nothingGrew(visit, "the tenants");
  await visit.page.keyboard.press("Escape");
  receiver.answer = { status: 200, body: "thanks" };
  await visit.end();
}

export const JOURNEYS = [hostile_text_in_every_field_stays_text_on_every_page];
