// @ts-check
// The palette: to a page, a tenant, somebody or something by a part of its name, or a run or an event by
// its id, with a few letters.

import { isPattern } from "../lib/patterns.js";
import { go } from "../lib/router.js";
import { rank } from "../lib/rank.js";
import { html, useEffect, useRef, useState } from "../lib/view.js";

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const TRACE = /^[0-9a-f]{32}$/;

/** So long nothing is typed before it is asked who and what is called so. */
const PAUSE_MS = 200;

/**
 * What has a name like that, a moment after it was typed.
 * @param {(text: string, signal: AbortSignal) => Promise<{ name: string, kind: string, href: string }[]>} find
 * @param {string} text
 */
function useFound(find, text) {
  const [answer, setAnswer] = useState({ text: "", found: /** @type {{ name: string, kind: string, href: string }[]} */ ([]) });
  useEffect(() => {
    if (text.length < 2) return undefined;
    const control = new AbortController();
    const timer = setTimeout(async () => {
      const found = await find(text, control.signal).catch(() => []);
      if (!control.signal.aborted) setAnswer({ text, found });
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      control.abort();
    };
  }, [find, text]);
  if (text.length < 2) return [];
  return text === answer.text ? answer.found : answer.found.filter(({ name }) => name.toLowerCase().includes(text.toLowerCase()));
}

/** @param {any} props */
export function Palette({ session, sections, tenant, held, find, onClose }) {
  const [text, setText] = useState("");
  const found = useFound(find, text.trim());
  const [at, setAt] = useState(0);
  const box = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useEffect(() => {
    const before = document.activeElement;
    box.current?.showModal();
    return () => { if (before instanceof HTMLElement && before.isConnected) before.focus(); };
  }, []);

  const choices = choicesFor({ session, sections, tenant, held, found, text: text.trim() });
  const chosen = Math.min(at, choices.length - 1);
  useEffect(() => { box.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" }); }, [chosen]);
  const open = (/** @type {{ href: string } | undefined} */ choice) => {
    if (!choice) return;
    onClose();
    go(choice.href);
  };
  function onKey(/** @type {KeyboardEvent} */ event) {
    const steps = /** @type {Record<string, number>} */ ({ ArrowDown: 1, ArrowUp: -1 });
    const step = steps[event.key];
    if (step) {
      event.preventDefault();
      setAt((chosen + step + choices.length) % Math.max(1, choices.length));
    }
    if (event.key === "Enter") {
      event.preventDefault();
      open(choices[chosen]);
    }
  }
  return html`
    <dialog ref=${box} class="palette" aria-label="Find" onClose=${onClose}
      onMouseDown=${(/** @type {Event} */ event) => { if (event.target === box.current) onClose(); }}>
      <input type="text" role="combobox" aria-expanded="true" aria-controls="palette-list" aria-activedescendant=${choices.length ? `palette-${chosen}` : undefined}
        aria-label="Find a page, a tenant, a user, a handler, a queue, a schedule or a key by name, a run, an event or a trace by its id" placeholder="A page, a name, or the id of a run, an event or a trace" autofocus spellcheck=${false}
        value=${text} onInput=${(/** @type {any} */ event) => { setText(event.target.value); setAt(0); }} onKeyDown=${onKey} />
      <ul id="palette-list" role="listbox" aria-label="What was found">
        ${choices.map((choice, place) => html`
          <li key=${`${choice.kind} ${choice.name} ${choice.href}`} id=${`palette-${place}`} role="option" aria-selected=${place === chosen ? "true" : "false"}
            onMouseMove=${() => setAt(place)} onClick=${() => open(choice)}><span>${choice.name}</span><span class="soft small">${choice.kind}</span></li>`)}
        ${!choices.length && html`<li role="option" aria-selected="false" aria-disabled="true" class="soft">Nothing is called that.</li>`}
      </ul>
    </dialog>`;
}

/** @param {any} props @returns {{ name: string, kind: string, href: string }[]} */
function choicesFor({ session, sections, tenant, held, found, text }) {
  const inTenant = tenant && held?.has("jobs:read");
  const base = tenant === "instance" ? "/instance" : `/t/${tenant}`;
  const seesEvents = tenant && held?.has("events:read");
  if (ID.test(text) && (inTenant || seesEvents)) {
    return [
      ...(inTenant ? [{ name: `Run ${text}`, kind: "by its id", href: `${base}/runs/${text}` }] : []),
      ...(seesEvents ? [{ name: `Event ${text}`, kind: "by its id", href: `${base}/events/${text}` }] : []),
      ...found,
    ];
  }
  const seesTraces = tenant && held?.has("telemetry:read");
  if (TRACE.test(text) && (inTenant || seesTraces)) {
    return [
      ...(seesTraces ? [{ name: `Trace ${text.slice(0, 8)}…`, kind: "by its id", href: `${base}/traces/${text}` }] : []),
      ...(inTenant ? [{ name: `Runs of the trace ${text.slice(0, 8)}…`, kind: "by its id", href: `${base}/runs?traceId=${text}` }] : []),
    ];
  }
  const pages = sections.flatMap((/** @type {any} */ { group, links }) => links.map((/** @type {any} */ { href, name }) => ({ href, name, kind: group })));
  const tenants = session.places.filter((/** @type {any} */ { slug }) => slug !== tenant).map((/** @type {any} */ { slug, name }) => ({ href: `/t/${slug}`, name, kind: "tenant" }));
  const others = [{ href: "/me", name: "Profile, password, sessions", kind: "you" }];
  if (session.instance.has("tenants:read") && tenant !== "instance") others.push({ href: "/instance", name: "The instance", kind: "tenants, accounts" });
  const searches = text.length > 2 && inTenant ? [{ href: `${base}/runs?search=${encodeURIComponent(text)}`, name: `Runs with “${text}” in their key or error`, kind: "search" }] : [];
  if (seesEvents && text.includes(".") && isPattern(text)) searches.push({ href: `${base}/events?type=${encodeURIComponent(text)}`, name: `Events of the type ${text}`, kind: "search" });
  const inUsers = text.length > 1 && held?.has("users:read") && /^[\w.+-]+@|^[\w.-]{2,}$/.test(text);
  const users = tenant === "instance" ? "accounts" : "users";
  if (inUsers) searches.push({ href: `${base}/${users}?search=${encodeURIComponent(text)}`, name: `${users === "users" ? "Users" : "Accounts"} whose address or name begins “${text}”`, kind: "search" });
  return [...rank([...pages, ...others, ...tenants], text), ...found, ...searches].slice(0, 50);
}
