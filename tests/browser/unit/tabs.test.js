// How tabs agree on who listens for all of them, with locks and channels made for the test.

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { listenTogether } from "../../../static/lib/tabs.js";

/** What was asked of the one lock, in turn. */
class Locks {
  /** @type {any} */
  held;
  /** @type {any[]} */
  queue = [];

  /** @param {string} _ @param {any} how @param {() => Promise<unknown>} act */
  request(_, { steal, signal }, act) {
    return new Promise((done, fail) => {
      const one = { act, done, fail };
      if (steal) {
        this.held?.fail(new Error("stolen"));
        this.hold(one);
        return;
      }
      this.queue.push(one);
      signal?.addEventListener("abort", () => {
        this.queue = this.queue.filter((other) => other !== one);
        fail(new Error("aborted"));
      });
      this.next();
    });
  }

  /** @param {any} one */
  hold(one) {
    this.held = one;
    one.act().then(() => {
      if (this.held !== one) return;
      this.held = undefined;
      one.done();
      this.next();
    });
  }

  next() {
    const one = this.held ? undefined : this.queue.shift();
    if (one) this.hold(one);
  }
}

/** @type {Set<Channel>} */
const channels = new Set();
class Channel {
  isFrozen = false;
  /** @type {((event: any) => void) | undefined} */
  onmessage;

  /** @param {string} name */
  constructor(name) {
    this.name = name;
    channels.add(this);
  }

  /** @param {any} data */
  postMessage(data) {
    if (this.isFrozen) return;
    for (const other of channels) if (other !== this && other.name === this.name && !other.isFrozen) other.onmessage?.({ data });
  }

  close() {
    channels.delete(this);
  }
}

/** A browser with as many tabs as are made. */
function browser() {
  channels.clear();
  Object.defineProperty(globalThis, "navigator", { value: { locks: new Locks() }, configurable: true });
  Object.defineProperty(globalThis, "BroadcastChannel", { value: Channel, configurable: true });
  let open = 0;
  const tab = (/** @type {string} */ key) => {
    const told = /** @type {string[]} */ ([]);
    /** @type {import("../../../static/lib/tabs.js").Ear | undefined} */
    let stream;
    const leave = listenTogether(key, (ear) => {
      stream = ear;
      open += 1;
      ear.on({ events: [], lagged: true });
      ear.show("live");
      return () => { stream = undefined; open -= 1; };
    }, { on: ({ events, lagged }) => told.push(...(lagged ? ["lagged"] : []), ...events.map(({ data }) => data)), show: () => undefined });
    const channel = /** @type {Channel} */ ([...channels].at(-1));
    return { told, leave, leads: () => Boolean(stream), hear: (/** @type {string} */ data) => stream?.on({ events: [{ name: "job", data }], lagged: false }), freeze: () => { channel.isFrozen = true; } };
  };
  return { tab, open: () => open };
}

const settle = async () => { for (let turn = 0; turn < 10; turn += 1) await Promise.resolve(); };

test("one tab listens, and all are told", async () => {
  const { tab, open } = browser();
  const [first, second, other] = [tab("a"), tab("a"), tab("b")];
  await settle();
  first.hear("1");
  assert.deepEqual([first.told, second.told], [["lagged", "1"], ["lagged", "1"]], "who joins asks once for what was before");
  assert.ok(!other.told.includes("1"));
  first.leave();
  await settle();
  assert.ok(second.leads());
  assert.deepEqual(second.told.slice(2), ["lagged"], "what happened between two leaders is asked for");
  second.leave();
  other.leave();
  await settle();
  assert.equal(open(), 0);
});

test("a leader that is silent for long loses the lead, and follows when it wakes", async () => {
  mock.timers.enable({ apis: ["setInterval", "Date"] });
  try {
    const { tab, open } = browser();
    const [first, second] = [tab("a"), tab("a")];
    await settle();
    mock.timers.tick(60_000);
    await settle();
    assert.deepEqual([first.leads(), second.leads()], [true, false], "one that shows that it is there keeps it");
    first.freeze();
    for (let beat = 0; beat < 8; beat += 1) mock.timers.tick(4_000);
    await settle();
    assert.deepEqual([first.leads(), second.leads(), open()], [false, true, 1]);
    first.leave();
    second.leave();
  } finally {
    mock.timers.reset();
  }
});
