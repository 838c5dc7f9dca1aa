// Copies what the dashboard takes from others into static/vendor, as it is published but for the two
// things that a browser without a build step needs: relative imports, and no source map that is not
// there. The test in unit/vendor.test.js checks that nothing else is in the copies.

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

const from = new URL("node_modules/", import.meta.url);
const into = new URL("../../static/vendor/", import.meta.url);

export const PARTS = [
  { file: "preact.js", name: "preact", path: "preact/dist/preact.mjs", license: "MIT", author: "Jason Miller" },
  { file: "hooks.js", name: "preact (hooks)", path: "preact/hooks/dist/hooks.mjs", license: "MIT", author: "Jason Miller" },
  { file: "htm.js", name: "htm", path: "htm/dist/htm.module.js", license: "Apache-2.0", author: "Google Inc." },
];

/** @param {string} path */
export function adapted(path) {
  const text = readFileSync(new URL(path, from), "utf8");
  return text
    .replace(/from\s*["']preact["']/g, 'from"./preact.js"')
    .replace(/\n?\/\/# sourceMappingURL=.*\n?/, "\n");
}

/** @param {string | Buffer} text */
const sha256 = (text) => createHash("sha256").update(text).digest("hex");

/** @param {string} path */
function version(path) {
  return JSON.parse(readFileSync(new URL(`${path.split("/")[0]}/package.json`, from), "utf8")).version;
}

export function list() {
  const rows = PARTS.map(({ file, name, path, license, author }) => {
    const published = sha256(readFileSync(new URL(path, from)));
    return `| \`${file}\` | ${name} | ${version(path)} | ${license}, © ${author} | \`${path}\` | \`${published}\` | \`${sha256(adapted(path))}\` |`;
  });
  return `# What is not ours

\`npm run vendor\` in \`tests/browser\` copies these from their packages and changes two things: imports become
relative, and the line that names a source map goes. A test compares.

| file | of | version | licence | published as | SHA-256 there | SHA-256 here |
|---|---|---|---|---|---|---|
${rows.join("\n")}

The licences: <https://www.apache.org/licenses/LICENSE-2.0> and [MIT](LICENSE-preact).
`;
}

if (process.argv[1] && import.meta.url.endsWith(process.argv[1].split("/").at(-1) ?? "")) {
  for (const { file, path } of PARTS) writeFileSync(new URL(file, into), adapted(path));
  writeFileSync(new URL("LICENSE-preact", into), readFileSync(new URL("preact/LICENSE", from)));
  writeFileSync(new URL("README.md", into), list());
}
