// @ts-check
// Keeps the focus where a hand on the keyboard left it, when what had it goes or rests for a while.

/**
 * @param {HTMLElement} root
 * @returns {() => void} stops it
 */
export function keepFocus(root) {
  /** What had the focus, and around it whatever may have it instead. @type {HTMLElement[]} */
  let held = [];
  const isResting = (/** @type {HTMLElement} */ one) => one.matches(":disabled");
  const note = (/** @type {FocusEvent} */ event) => {
    held = event.composedPath().filter((one) => one instanceof HTMLElement && (one === event.target || one.hasAttribute("tabindex")) && root.contains(one)).map((one) => /** @type {HTMLElement} */ (one));
  };
  // Who goes elsewhere by himself is not called back. Whether it was so is seen when what had the focus is still there.
  const leave = () => {
    const [last] = held;
    setTimeout(() => { if (last && last === held[0] && last !== document.activeElement && last.isConnected && !isResting(last)) held = []; });
  };
  const watch = new MutationObserver(() => {
    const [last] = held;
    if (!last || document.activeElement !== document.body || (last.isConnected && isResting(last))) return;
    held.find((one) => one.isConnected)?.focus({ preventScroll: true });
  });
  root.addEventListener("focusin", note);
  root.addEventListener("focusout", leave);
  watch.observe(root, { childList: true, subtree: true, attributeFilter: ["disabled"] });
  return () => {
    watch.disconnect();
    root.removeEventListener("focusin", note);
    root.removeEventListener("focusout", leave);
  };
}
