// Short lists that several parts of a page ask for.

import assert from "node:assert/strict";
import { test } from "node:test";
import { changes } from "../../../static/lib/api.js";
import { listHandlers } from "../../../static/lib/lists.js";

/** A tenant whose answers come when they are let. */
function place() {
  /** @type {((found: any[]) => void)[]} */
  const open = [];
  const here = { can: () => true, read: () => new Promise((/** @type {(found: any) => void} */ done) => { open.push(done); }) };
  return { here, open };
}

test("what is asked for twice at the same time is asked for once", async () => {
  const { here, open } = place();
  const both = [listHandlers(here), listHandlers(here)];
  assert.equal(open.length, 1);
  open[0]?.([{ name: "chat" }]);
  assert.deepEqual(await Promise.all(both), [[{ name: "chat" }], [{ name: "chat" }]]);
  listHandlers(here);
  assert.equal(open.length, 2, "an answer is not kept");
});

test("after something was changed it is asked for anew, and another tenant's answer is never shared", async () => {
  const [acme, globex] = [place(), place()];
  const before = listHandlers(acme.here);
  changes.set(changes.get() + 1);
  const after = listHandlers(acme.here);
  listHandlers(globex.here);
  assert.deepEqual([acme.open.length, globex.open.length], [2, 1]);
  acme.open[0]?.([{ name: "old" }]);
  acme.open[1]?.([{ name: "new" }]);
  assert.deepEqual([await before, await after], [[{ name: "old" }], [{ name: "new" }]]);
});
