// @ts-check
// Begins: finds out who is signed in, and shows the page that the address names.

import { Refused, send, strangers } from "./lib/api.js";
import { match } from "./lib/address.js";
import { useNotices } from "./lib/notices.js";
import { followLinks, go, useAddress } from "./lib/router.js";
import { Here, findSession, forgetSession, hearTabs, hereOf, rightsIn, tellTabs } from "./lib/session.js";
import { html, render, useCallback, useEffect, useLayoutEffect, useMemo, useState } from "./lib/view.js";
import { Boundary, Failure, Waiting } from "./parts/failure.js";
import { Frame } from "./parts/frame.js";
import { Toasts } from "./parts/toast.js";
import { DOORS, PAGES } from "./routes.js";

/** How often it is asked whether the server is well. */
const ASK_READY_MS = 60_000;

/** How soon it is asked again who one is, when the server is away. */
const ASK_AGAIN_MS = 2_000;

/** @param {import("./routes.js").Page[]} pages @param {string} path */
function find(pages, path) {
  for (const page of pages) {
    const params = match(page.path, path);
    if (params) return { page, params };
  }
  return null;
}

/** The tenant that an address is about. @param {string} path */
const tenantOf = (path) => find(PAGES, path)?.params.tenant ?? (path.startsWith("/instance") ? "instance" : "");

function App() {
  const { path, href, query } = useAddress();
  const [session, setSession] = useState(/** @type {import("./lib/session.js").Session | null | undefined} */ (undefined));
  const [error, setError] = useState(/** @type {any} */ (undefined));
  const ask = useCallback(async () => {
    try {
      setSession(await findSession(tenantOf(location.pathname)));
      setError(undefined);
    } catch (problem) {
      setError(problem);
    }
  }, []);
  useLayoutEffect(() => { ask(); }, []);
  // Who signs in or out in one tab does so in all of them.
  useEffect(() => hearTabs(ask), [ask]);
  const signedIn = async () => {
    await ask();
    tellTabs();
  };
  // A session that ended leads back to signing in, and from there to this page.
  useEffect(() => (session ? strangers.watch(ask) : undefined), [session]);

  // While other data takes its place the server asks to come again.
  const isAway = error instanceof Refused && error.status === 503;
  useEffect(() => {
    if (!isAway) return undefined;
    const timer = setTimeout(ask, ASK_AGAIN_MS);
    return () => clearTimeout(timer);
  }, [error]);

  const door = find(DOORS, path);
  const next = session ? home(session, path, query) : undefined;
  useEffect(() => {
    if (session === null && !door) go(`/sign-in${path === "/" ? "" : `?next=${encodeURIComponent(href)}`}`, { replace: true });
    if (next) go(next, { replace: true });
  }, [session, door?.page.path, next]);

  if (door && !(session && next)) return html`<${PageOf} found=${door} key=${door.page.path} onSignedIn=${signedIn} />`;
  if (error && !session) return html`<div class="door"><main><${Failure} error=${error} retry=${ask} /></main></div>`;
  if (!session || next) return html`<${Waiting} />`;
  return html`<${Inside} session=${session} path=${path} onChange=${ask} />`;
}

/**
 * Where to go on from an address that is no page of its own.
 * @param {import("./lib/session.js").Session} session
 * @param {string} path
 * @param {URLSearchParams} query
 */
function home(session, path, query) {
  if (path !== "/" && path !== "/sign-in") return undefined;
  const wanted = query.get("next");
  if (wanted?.startsWith("/") && !wanted.startsWith("//") && find(PAGES, wanted.split("?")[0] ?? "")) return wanted;
  const last = localStorage.getItem("tenant");
  const place = session.places.find(({ slug }) => slug === last) ?? session.places[0];
  if (place) return `/t/${place.slug}`;
  return session.instance.has("tenants:read") ? "/instance" : "/me";
}

/**
 * @param {{ session: import("./lib/session.js").Session, path: string, onChange: () => Promise<void> }} props
 */
function Inside({ session, path, onChange }) {
  const found = find(PAGES, path);
  const tenant = tenantOf(path);
  const [held, setHeld] = useState(session.held);
  const isReady = useReadiness();
  useLayoutEffect(() => {
    let isLooked = true;
    const known = heldAlready(session, tenant);
    if (known) setHeld(known);
    else rightsIn(tenant).then((found) => { if (isLooked) setHeld(found); });
    return () => { isLooked = false; };
  }, [tenant, session]);
  useEffect(() => {
    if (held.rights && held.tenant && held.tenant !== "instance") localStorage.setItem("tenant", held.tenant);
  }, [held]);

  const known = held.tenant === tenant ? held.rights : undefined;
  const here = useMemo(() => known && hereOf(session, tenant, known, onChange), [session, tenant, known, onChange]);
  const { notices, dismiss } = useNotices(here);
  const seek = useCallback(async (/** @type {string} */ text, /** @type {AbortSignal} */ signal) => (here && tenant ? (await import("./lib/find.js")).find(here, text, signal) : []), [here, tenant]);
  const first = known && tenant && found?.page.needs && !known.has(found.page.needs) ? firstPage(tenant, known) : undefined;
  const isHome = path === `/t/${tenant}` || path === "/instance";
  useEffect(() => { if (isHome && first) go(first, { replace: true }); }, [isHome, first]);
  useEffect(() => { document.title = [found?.page.name ?? "Not found", tenant, "Steading"].filter(Boolean).join(" · "); }, [found?.page, tenant]);

  let page;
  if (held.tenant === tenant && held.error) page = html`<${Failure} error=${held.error} retry=${onChange} />`;
  else if (!here) page = html`<${Waiting} />`;
  else if (!found) page = html`<${Nowhere} />`;
  else if (found.page.needs && !here.can(found.page.needs)) page = isHome && first ? html`<${Waiting} />` : html`<${Forbidden} needs=${found.page.needs} />`;
  else page = html`<${PageOf} key=${`${session.user.id} ${tenant} ${found.page.path} ${found.params.id ?? ""}`} found=${found} />`;
  return html`
    <${Here.Provider} value=${here}>
      <${Frame} session=${session} tenant=${tenant} path=${path} pages=${PAGES} held=${known} trouble=${isReady} notices=${notices} find=${seek} onKnown=${dismiss} onSignOut=${signOut}>
        ${page}
      <//>
    <//>`;
}

/** What needs not be asked for. @param {import("./lib/session.js").Session} session @param {string} tenant */
function heldAlready({ held, instance }, tenant) {
  if (held.tenant === tenant) return held;
  if (tenant === "") return { tenant, rights: new Set() };
  return tenant === "instance" ? { tenant, rights: instance } : undefined;
}

/** @param {string} tenant @param {Set<string>} held */
function firstPage(tenant, held) {
  const prefix = tenant === "instance" ? "/instance" : "/t/:tenant";
  const page = PAGES.find(({ path, group, needs }) => group && path.startsWith(prefix) && (!needs || held.has(needs)));
  return page?.path.replace(":tenant", tenant);
}

async function signOut() {
  await send("POST", "/api/auth/logout").catch(() => undefined);
  forgetSession();
  tellTabs();
  location.assign("/sign-in");
}

/** What keeps the server from its work, if anything does. */
function useReadiness() {
  const [trouble, setTrouble] = useState("");
  useEffect(() => {
    const ask = async () => {
      if (document.hidden) return;
      const problem = await send("GET", "/readyz").then(() => "", (error) => (error instanceof Refused ? `The server is not well: ${error.message}` : ""));
      setTrouble(problem);
    };
    ask();
    const timer = setInterval(ask, ASK_READY_MS);
    return () => clearInterval(timer);
  }, []);
  return trouble;
}

/** @param {{ found: { page: import("./routes.js").Page, params: any }, onSignedIn?: () => Promise<void> }} props */
function PageOf({ found, onSignedIn }) {
  const [loaded, setLoaded] = useState(/** @type {{ View?: any, error?: any }} */ ({}));
  useLayoutEffect(() => {
    found.page.load().then((page) => setLoaded({ View: page.default }), () => setLoaded({ error: new Error("A file of this page can't be loaded. The server may be another version than this page: load it anew.") }));
  }, [found.page]);
  if (loaded.error) return html`<${Failure} error=${loaded.error} retry=${() => location.reload()} />`;
  if (!loaded.View) return html`<${Waiting} />`;
  return html`<${Boundary}><${loaded.View} ...${found.params} onSignedIn=${onSignedIn} /><//>`;
}

function Nowhere() {
  return html`<div class="empty"><h1>There is no such page</h1><p><a href="/">Go to the first one</a></p></div>`;
}

/** @param {{ needs: string }} props */
function Forbidden({ needs }) {
  return html`<div class="empty"><h1>You may not see this page</h1>
    <p>It needs the permission <code>${needs}</code> here. Whoever looks after the tenant's members can give you a role that has it.</p></div>`;
}

followLinks();
// The page is fetched while it is found out who asks for it.
find(PAGES, location.pathname)?.page.load().catch(() => undefined);
const root = /** @type {HTMLElement} */ (document.getElementById("app"));
root.replaceChildren();
render(html`<${App} /><${Toasts} />`, root);
