// What holds for every file of the front end.

import assert from "node:assert/strict";
import { test } from "node:test";
import { closureOf, files, importsOf, textOf } from "../modules.js";
import { PARTS, adapted, list } from "../vendor.js";

const scripts = files().filter((path) => path.endsWith(".js") && !path.startsWith("vendor/"));

test("the page loads at once what it begins with", () => {
  const page = textOf("index.html");
  const named = [...page.matchAll(/rel="modulepreload" href="\/assets\/version\/([^"]+)"/g)].map(([, path]) => path ?? "").sort();
  assert.deepEqual(named, closureOf("main.js").filter((path) => path !== "main.js"));
});

test("every import is there, and points where it may", () => {
  const rooms = ["vendor", "lib", "parts", "pages"];
  for (const path of scripts) {
    for (const target of importsOf(path)) {
      assert.ok(files().includes(target), `${path} imports ${target}, which is not there`);
      const [from, to] = [path, target].map((file) => (file.includes("/") ? rooms.indexOf(file.split("/")[0] ?? "") : rooms.length));
      assert.ok(Number(to) <= Number(from), `${path} imports ${target}, against the order ${rooms.join(", ")}`);
    }
  }
});

test("only pages and the beginning call the API", () => {
  for (const path of scripts.filter((path) => path.startsWith("parts/"))) {
    assert.ok(!/\b(?:send|fetchFrom|fetch|useLoad|useLive|\.call)\(/.test(textOf(path)), `${path} asks the server`);
  }
});

test("nothing is inline, and only tokens name colours", () => {
  for (const path of scripts) assert.ok(!/\sstyle=|\bon[a-z]+="|innerHTML/.test(textOf(path)), path);
  assert.ok(!/<style|style=|<script>|\son[a-z]+=/.test(textOf("index.html")));
  for (const path of files().filter((path) => path.endsWith(".css") && path !== "style/tokens.css")) {
    assert.ok(!/#[0-9a-f]{3,8}\b|\brgb|\bhsl/i.test(textOf(path)), path);
  }
});

test("what is not ours is as it was published, but for what is said of it", () => {
  for (const { file, path } of PARTS) assert.equal(textOf(`vendor/${file}`), adapted(path), file);
  assert.equal(textOf("vendor/README.md"), list());
});
