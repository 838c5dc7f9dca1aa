// What is sent of the front end: all that a browser reads of its files, and little of it.

import assert from "node:assert/strict";
import { parse } from "acorn";
import htm from "htm";
import { brotliCompressSync } from "node:zlib";
import { files, textOf } from "../modules.js";

/** All of it, compressed. */
const MOST = 140_000;

/** What a template of markup makes, of values that are only numbered. @param {any} quasi */
function drawn(quasi) {
  // Where a line ends in a text, as many spaces as one likes are one.
  const shown = (/** @type {any} */ one) => (typeof one === "string" ? one.replaceAll(/\n\s+/g, "\n") : one);
  const draw = htm.bind((/** @type {any[]} */ ...one) => one.map(shown));
  const strings = Object.assign(quasi.quasis.map((/** @type {any} */ { value }) => value.cooked), { raw: [] });
  return draw(strings, ...quasi.expressions.map((/** @type {any} */ _, /** @type {number} */ at) => `value ${at}`));
}

/** What a script means: its syntax without where each thing stands. @param {string} text */
function meaning(text) {
  return JSON.stringify(parse(text, { ecmaVersion: "latest", sourceType: "module" }), (name, value) => {
    if (name === "start" || name === "end") return undefined;
    if (value?.type === "TaggedTemplateExpression" && value.tag.name === "html") return { drawn: drawn(value.quasi), of: value.quasi.expressions };
    return value;
  });
}

/** @param {import("../journeys.test.js").World} world */
async function what_is_sent_means_what_was_written_and_is_small({ server }) {
  const page = await (await fetch(server.url)).text();
  const base = /"(\/assets\/[^/]+\/)main\.js"/.exec(page)?.[1];
  const sent = async (/** @type {string} */ path) => (await fetch(server.url + base + path)).text();
  const sizes = [page];
  for (const path of [...files().filter((path) => /\.(?:js|svg)$/.test(path)), "style.css"]) {
    const text = await sent(path);
    sizes.push(text);
    if (path.endsWith(".js")) assert.ok(meaning(text) === meaning(textOf(path)), `${path} does not mean what was written`);
    assert.ok(path.startsWith("vendor/") || !text.includes("@param"), path);
  }
  const sum = sizes.map((text) => brotliCompressSync(text).length).reduce((one, other) => one + other, 0);
  console.log(`the front end is ${(sum / 1_000).toFixed(1)} kB compressed in ${sizes.length} files`);
  assert.ok(sum < MOST, `${sum} bytes`);
}

/** @param {import("../journeys.test.js").World} world */
async function the_styles_that_are_sent_are_those_that_were_written({ server, browser }) {
  const page = await browser.newPage();
  try {
    await page.goto(`${server.url}/sign-in`);
    const written = files().filter((path) => path.endsWith(".css")).map(textOf);
    const { sent, own } = await page.evaluate((texts) => {
      const rules = (/** @type {CSSStyleSheet} */ sheet) => [...sheet.cssRules].map(({ cssText }) => cssText.replaceAll(/, +/g, ","));
      const sheets = texts.map((text) => {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(text);
        return sheet;
      });
      return { sent: [...document.styleSheets].flatMap(rules).sort(), own: sheets.flatMap(rules).sort() };
    }, written);
    assert.ok(own.length > 100);
    const without = (/** @type {string[]} */ some, /** @type {string[]} */ others) => some.filter((rule) => !others.includes(rule));
    assert.deepEqual([without(own, sent), without(sent, own)], [[], []]);
  } finally {
    await page.close();
  }
}

export const JOURNEYS = [what_is_sent_means_what_was_written_and_is_small, the_styles_that_are_sent_are_those_that_were_written];
