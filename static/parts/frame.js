// @ts-check
// The frame around every page: the bar at the top, the navigation, the palette.

import { reached } from "../lib/api.js";
import { keepFocus } from "../lib/focus.js";
import { liveState } from "../lib/live.js";
import { useStore } from "../lib/store.js";
import { html, useEffect, useRef, useState } from "../lib/view.js";
import { SessionMenu } from "./session-menu.js";
import { Navigation } from "./navigation.js";
import { Notices } from "./notices.js";
import { Palette } from "./palette.js";
import { TenantSwitch } from "./tenant-switch.js";

/** @param {any} props */
export function Frame({ session, tenant, path, pages, held, trouble, notices, find, onKnown, onSignOut, children }) {
  const [finding, setFinding] = useState(false);
  const [menu, setMenu] = useState(false);
  const main = useRef(/** @type {HTMLElement | null} */ (null));
  const isFirst = useRef(true);

  useEffect(() => {
    const onKey = (/** @type {KeyboardEvent} */ event) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        setFinding(true);
      }
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  useEffect(() => (main.current ? keepFocus(main.current) : undefined), []);
  // After a page was changed the focus is at its beginning, as after loading one.
  useEffect(() => {
    setMenu(false);
    if (!isFirst.current) main.current?.focus({ preventScroll: true });
    isFirst.current = false;
  }, [path]);

  const sections = sectionsOf(pages, tenant, held);
  return html`
    <a class="skip" href="#main" onClick=${(/** @type {Event} */ event) => { event.preventDefault(); main.current?.focus(); }}>To the page</a>
    <div class="shell">
      <header class="bar">
        ${sections.length > 0 && html`<button type="button" class="quiet small menu-button" aria-expanded=${menu} aria-controls="side" onClick=${() => setMenu(!menu)}>Menu</button>`}
        <a class="mark" href="/" aria-label="Steading, to the first page"><${Mark} /><span class="wide">Steading</span></a>
        <${TenantSwitch} session=${session} tenant=${tenant} />
        <span class="push"></span>
        <${LinkState} />
        <button type="button" class="button small find" title="Find a page, a tenant, a user, a run" onClick=${() => setFinding(true)}><span>Find</span><kbd class="wide">Ctrl K</kbd></button>
        <${SessionMenu} session=${session} onSignOut=${onSignOut} />
      </header>
      <div id="side" class=${`side${menu ? " open" : ""}`}><${Navigation} sections=${sections} path=${path} tenant=${tenant} /></div>
      <main id="main" class="page" tabindex="-1" ref=${main}>
        ${trouble && html`<p class="notice bad" role="alert">${trouble}</p>`}
        <${Notices} notices=${notices} onKnown=${onKnown} />
        ${children}
      </main>
    </div>
    ${finding && html`<${Palette} session=${session} sections=${sections} tenant=${tenant} held=${held} find=${find} onClose=${() => setFinding(false)} />`}`;
}

/**
 * The listed pages that one may see, by their groups.
 * @param {import("../routes.js").Page[]} pages
 * @param {string} tenant
 * @param {Set<string> | undefined} held
 * @returns {{ group: string, links: { href: string, name: string }[] }[]}
 */
function sectionsOf(pages, tenant, held) {
  const prefix = tenant === "instance" ? "/instance" : "/t/";
  /** @type {Map<string, { href: string, name: string }[]>} */
  const groups = new Map();
  for (const { path, name, group, needs } of pages) {
    if (!group || !tenant || !path.startsWith(prefix) || (needs && !held?.has(needs))) continue;
    if (!groups.has(group)) groups.set(group, []);
    groups.get(group)?.push({ href: path.replace(":tenant", tenant), name });
  }
  return [...groups].map(([group, links]) => ({ group, links }));
}

export function Mark() {
  return html`<svg width="22" height="22" viewBox="0 0 32 32" fill="none" stroke="currentColor" stroke-width="2.6" stroke-linejoin="round" aria-hidden="true">
    <path d="M6 16 16 7l10 9" stroke-linecap="round" /><path d="M9 15v10h14V15M14 25v-6h4v6" /></svg>`;
}

function LinkState() {
  const isReached = useStore(reached);
  const live = useStore(liveState);
  if (!isReached) return html`<span class="link-state lost" role="status">▲ <span class="wide">server not reached</span></span>`;
  /** @type {Record<string, [string, string, string]>} */
  const words = { none: ["", "", ""], live: ["live", "●", "live"], connecting: ["", "◌", "connecting"], full: ["", "❚❚", "too many listen; asked now and then"], paused: ["", "❚❚", "not live"] };
  const [kind, mark, word] = words[live] ?? ["", "", ""];
  return html`<span class=${`link-state ${kind}`} role="status">${word && html`<span aria-hidden="true">${mark}</span> <span class="wide">${word}</span>`}</span>`;
}
