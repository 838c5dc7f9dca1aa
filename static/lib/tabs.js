// @ts-check
// One stream for all tabs of a browser that listen to the same: a browser opens six connections to a
// server at most, so with a stream for each tab the seventh would load nothing at all. One tab leads:
// it reads, and tells the others what it hears. When it goes, the next in the queue of a lock leads.

/** @typedef {import("./stream.js").Ear} Ear */
/** @typedef {{ joins?: true, state?: import("./stream.js").LinkState, told?: import("./stream.js").Told }} Message */

/** Streams of all tabs together; the other connections are for what pages ask. */
const MOST_STREAMS = 4;

/** How often a leader shows that it is there, and how long it may be silent until another takes its place. */
const BEAT_MS = 4_000;
const SILENT_MS = 15_000;

/** Whether tabs can agree on who leads: without TLS only on the machine itself. */
export const canShare = () => Boolean(navigator.locks) && typeof BroadcastChannel === "function";

/**
 * Listens together with the other tabs.
 * @param {string} key only tabs with the same one hear each other
 * @param {(ear: Ear) => () => void} open begins to read, and gives what ends it
 * @param {Ear} ear
 * @returns {() => void} leaves
 */
export function listenTogether(key, open, { on, show }) {
  const channel = new BroadcastChannel(key);
  let over = false;
  let heardAt = Date.now();
  let isCaughtUp = false;
  /** @type {import("./stream.js").LinkState} */
  let state = "connecting";
  let waiting = new AbortController();
  /** Ends leading, while it leads. @type {(() => void) | undefined} */
  let resign;
  const tell = (/** @type {Message} */ message) => channel.postMessage(message);

  function lead() {
    return new Promise((/** @type {(value?: unknown) => void} */ done) => {
      if (over) return done();
      const close = open({
        on: (told) => { tell({ told }); on(told); },
        show: (next) => { state = next; tell({ state }); show(next); },
      });
      const beat = setInterval(() => tell({ state }), BEAT_MS);
      resign = () => {
        resign = undefined;
        clearInterval(beat);
        close();
        done();
      };
    });
  }

  /** @param {LockOptions} [how] */
  function queueUp(how) {
    waiting = new AbortController();
    const asked = navigator.locks.request(key, how ?? { signal: waiting.signal }, lead);
    asked.catch(() => {
      // Another took the lead from this one, which was silent for long.
      if (!resign) return;
      resign();
      isCaughtUp = false;
      heardAt = Date.now();
      if (!over) queueUp();
    });
  }

  channel.onmessage = ({ data }) => {
    const message = /** @type {Message} */ (data);
    if (message.joins) return resign && tell({ state });
    if (resign) return;
    heardAt = Date.now();
    if (message.told) on(message.told);
    isCaughtUp ||= message.told?.lagged === true;
    if (!message.state) return;
    // What happened until it was heard of is asked for.
    if (message.state === "live" && !isCaughtUp) on({ events: [], lagged: true });
    isCaughtUp ||= message.state === "live";
    show(message.state);
  };

  show("connecting");
  queueUp();
  tell({ joins: true });
  // Not all at once, or each would take it from the one before.
  const patience = SILENT_MS * (1 + Math.random() / 2);
  const watch = setInterval(() => {
    if (resign || Date.now() - heardAt < patience) return;
    heardAt = Date.now();
    waiting.abort();
    queueUp({ steal: true });
  }, BEAT_MS);
  return () => {
    over = true;
    clearInterval(watch);
    waiting.abort();
    resign?.();
    channel.close();
  };
}

/** Room for one more stream among all tabs, if there is; what it gives hands it back. @returns {Promise<(() => void) | null>} */
export async function roomAmongTabs() {
  for (let nth = 1; nth <= MOST_STREAMS; nth += 1) {
    const giveBack = await new Promise((/** @type {(got: (() => void) | null) => void} */ got) => {
      navigator.locks.request(`steading stream ${nth}`, { ifAvailable: true }, (lock) => (lock ? new Promise((/** @type {(value?: unknown) => void} */ done) => got(done)) : got(null)));
    });
    if (giveBack) return giveBack;
  }
  return null;
}
