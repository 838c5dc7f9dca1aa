// Chromium, with eyes on everything that a page must not do.

import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const shots = fileURLToPath(new URL("../../target/screenshots/", import.meta.url));
mkdirSync(shots, { recursive: true });

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

/**
 * What was to be seen where a journey ended too early.
 * @param {import("playwright-core").Browser} browser
 * @param {string} name
 */
export async function pictureOfFailure(browser, name) {
  for (const context of browser.contexts()) {
    for (const page of context.pages()) await page.screenshot({ path: `${shots}failed-${name}.png` }).catch(() => undefined);
    await context.close();
  }
}

/**
 * A visit of one person: a context of its own, whose pages are watched.
 */
export class Visit {
  /** @param {import("playwright-core").Browser} browser @param {string} url @param {any} [how] */
  static async begin(browser, url, how = {}) {
    const context = await browser.newContext({ baseURL: url, viewport: { width: 1280, height: 800 }, reducedMotion: "reduce", ...how });
    context.setDefaultTimeout(8_000);
    const page = await context.newPage();
    return new Visit(context, page, url);
  }

  /** @param {import("playwright-core").BrowserContext} context @param {import("playwright-core").Page} page @param {string} url */
  constructor(context, page, url) {
    this.context = context;
    this.page = page;
    /** @type {string[]} */
    this.wrongs = [];
    /** Replies that the journey asks for and of which the browser complains. @type {RegExp[]} */
    this.expected = [];
    page.on("console", (message) => {
      if (message.type() === "error" && !this.expected.some((known) => known.test(message.text()))) this.wrongs.push(`console: ${message.text()} (${message.location().url})`);
    });
    page.on("pageerror", (error) => this.wrongs.push(`fault: ${error.stack}`));
    page.on("request", (request) => {
      if (!request.url().startsWith(url)) this.wrongs.push(`another origin: ${request.url()}`);
    });
  }

  /** @param {string} email @param {string} password @param {string} [to] */
  async signIn(email, password, to = "/") {
    await this.page.goto(to);
    await this.page.getByLabel("E-mail address").fill(email);
    await this.page.getByLabel("Password").fill(password);
    await this.page.getByRole("button", { name: "Sign in", exact: true }).click();
    await this.page.getByRole("navigation", { name: "Pages" }).or(this.page.getByRole("heading", { name: "You" })).first().waitFor({ state: "attached" });
  }

  /** Waits until the page shows something. @param {string} path @param {string} heading */
  async open(path, heading) {
    await this.page.goto(path);
    await this.page.getByRole("heading", { level: 1, name: heading }).waitFor();
    await this.settle();
  }

  async settle() {
    await this.page.locator(".waiting").first().waitFor({ state: "detached" });
    await this.page.waitForFunction(() => document.fonts.ready.then(() => true));
  }

  /** Nobody is kept out: what axe finds in both themes. @param {string} where */
  async isAccessible(where) {
    for (const theme of /** @type {const} */ (["light", "dark"])) {
      await this.page.emulateMedia({ colorScheme: theme });
      if (!(await this.page.evaluate(() => "axe" in window))) await this.page.evaluate(axe);
      const found = await this.page.evaluate(async () => {
        // @ts-expect-error axe was put in above.
        const { violations } = await window.axe.run(document, { resultTypes: ["violations"] });
        return violations.filter((/** @type {any} */ { impact }) => ["serious", "critical"].includes(impact))
          .map((/** @type {any} */ { id, help, nodes }) => `${id}: ${help}: ${nodes.slice(0, 3).map((/** @type {any} */ node) => node.html.slice(0, 160)).join(" | ")}`);
      });
      this.wrongs.push(...found.map((/** @type {string} */ one) => `axe, ${where}, ${theme}: ${one}`));
    }
    await this.page.emulateMedia({ colorScheme: "light" });
  }

  /** Pictures to look at: light, dark and on a phone. @param {string} name */
  async picture(name) {
    const page = this.page;
    const size = page.viewportSize() ?? { width: 1280, height: 800 };
    for (const theme of /** @type {const} */ (["light", "dark"])) {
      await page.emulateMedia({ colorScheme: theme });
      await page.screenshot({ path: `${shots}${name}-${theme}.png` });
    }
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize({ width: 360, height: 740 });
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (wide > 0) this.wrongs.push(`${name} is ${wide} px wider than a phone`);
    const cut = await page.evaluate(() => [...document.querySelectorAll("td.act :is(.button, .quiet)")]
      .filter((one) => one.getBoundingClientRect().right > (one.closest(".scroll")?.getBoundingClientRect().right ?? Infinity)).map((one) => one.textContent?.trim()));
    if (cut.length) this.wrongs.push(`${name} has what a thumb does not find: ${cut.join(", ")}`);
    await page.screenshot({ path: `${shots}${name}-phone.png` });
    await page.setViewportSize(size);
  }

  /** Looks at a page in every way. @param {string} name */
  async look(name) {
    await this.isAccessible(name);
    await this.picture(name);
  }

  /** Ends it, and fails with everything that was wrong on the way. */
  async end() {
    await this.context.close();
    if (this.wrongs.length) throw new Error(`What must not be:\n${this.wrongs.join("\n")}`);
  }
}

/** Waits for what happens outside the page. @param {() => boolean | Promise<boolean>} holds @param {string} what */
export async function until(holds, what) {
  for (let tries = 0; tries < 160; tries += 1) {
    if (await holds()) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`It did not come to this: ${what}`);
}
