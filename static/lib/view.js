// @ts-check
// What draws: markup in template strings, and state. Everything else imports it from here.

import htm from "../vendor/htm.js";
import { h } from "../vendor/preact.js";

export { Component, createContext, render } from "../vendor/preact.js";
export {
  useCallback, useContext, useEffect, useId, useLayoutEffect, useMemo, useRef, useState,
} from "../vendor/hooks.js";

/** @type {(strings: TemplateStringsArray, ...values: any[]) => any} */
export const html = htm.bind(h);
