// @ts-check
// What a page shows while it asks, when it was answered, and when it was refused.

import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "./view.js";

/**
 * @template T
 * @typedef {object} Loaded
 * @property {T | undefined} data what was answered last; it stays while it is asked anew
 * @property {Error | undefined} error
 * @property {boolean} loading
 * @property {() => Promise<void>} reload
 * @property {(change: (data: T) => T) => void} patch
 */

/**
 * Asks at first and whenever `about` changes; an older answer never replaces a newer one.
 * @template T
 * @param {string} about what is asked for; another begins without data
 * @param {(signal: AbortSignal) => Promise<T>} ask
 * @param {boolean} [ready] until when it waits, such as for a stream that tells what changes after the answer
 * @returns {Loaded<T>}
 */
export function useLoad(about, ask, ready = true) {
  const [state, setState] = useState(/** @type {any} */ ({ about, data: undefined, error: undefined, loading: true }));
  const asking = useRef(/** @type {AbortController | null} */ (null));
  const latest = useRef(ask);
  latest.current = ask;

  const reload = useCallback(async () => {
    asking.current?.abort();
    const control = new AbortController();
    asking.current = control;
    try {
      const data = await latest.current(control.signal);
      if (!control.signal.aborted) setState({ about, data, error: undefined, loading: false });
    } catch (error) {
      if (control.signal.aborted) return;
      setState((/** @type {any} */ old) => ({ about, data: old.about === about ? old.data : undefined, error, loading: false }));
    }
  }, [about]);

  // Before it is drawn: what is asked for sooner is shown sooner.
  useLayoutEffect(() => {
    setState((/** @type {any} */ old) => (old.about === about ? (old.loading ? old : { ...old, loading: true }) : { about, data: undefined, error: undefined, loading: true }));
    if (ready) reload();
    return () => asking.current?.abort();
  }, [reload, ready]);

  const patch = useCallback((/** @type {(data: any) => any} */ change) => {
    setState((/** @type {any} */ old) => (old.data === undefined ? old : { ...old, data: change(old.data) }));
  }, []);

  const shown = state.about === about ? state : { data: undefined, error: undefined, loading: true };
  return { ...shown, reload, patch };
}

/** What is asked for again and again takes at most one part in so many of the time. */
const SPARING = 10;

/**
 * Does something again and again, while somebody looks; what takes long, more seldom.
 * @param {number} ms
 * @param {() => any} act
 * @param {boolean} [off]
 */
export function useEvery(ms, act, off = false) {
  const latest = useRef(act);
  latest.current = act;
  useEffect(() => {
    if (off) return undefined;
    let restsUntil = 0;
    const timer = setInterval(async () => {
      const began = performance.now();
      if (document.hidden || began < restsUntil) return;
      restsUntil = Infinity;
      try {
        await latest.current();
      } finally {
        restsUntil = began + SPARING * (performance.now() - began);
      }
    }, ms);
    return () => clearInterval(timer);
  }, [ms, off]);
}

/**
 * Does something once at a time, and keeps what went wrong.
 * @param {(...given: any[]) => Promise<any>} act
 */
export function useAct(act) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(/** @type {any} */ (undefined));
  const run = async (/** @type {any[]} */ ...given) => {
    if (busy) return undefined;
    setBusy(true);
    setError(undefined);
    try {
      return await act(...given);
    } catch (problem) {
      setError(problem);
      return undefined;
    } finally {
      setBusy(false);
    }
  };
  return { run, busy, error, clear: () => setError(undefined) };
}
