// @ts-check
// In which tenant one is, and the way to the others.

import { html, useState } from "../lib/view.js";
import { Drop } from "./drop.js";

/** @param {{ session: import("../lib/session.js").Session, tenant: string }} props */
export function TenantSwitch({ session, tenant }) {
  const place = session.places.find(({ slug }) => slug === tenant);
  const name = tenant === "instance" ? "The instance" : (place?.name ?? (tenant || "Choose a tenant"));
  const hasInstance = session.instance.has("tenants:read");
  return html`
    <${Drop} left label=${html`<span class="cut tenant-button">${name}</span><span aria-hidden="true">▾</span>`} name=${`Tenant: ${name}. Choose another`} kind="button small">
      <${Choice} session=${session} tenant=${tenant} hasInstance=${hasInstance} />
    <//>`;
}

/** @param {{ session: import("../lib/session.js").Session, tenant: string, hasInstance: boolean }} props */
function Choice({ session, tenant, hasInstance }) {
  const [search, setSearch] = useState("");
  const wanted = search.trim().toLowerCase();
  const found = session.places.filter(({ slug, name }) => slug.includes(wanted) || name.toLowerCase().includes(wanted));
  const openFirst = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Enter") /** @type {any} */ (event.currentTarget)?.closest(".sheet")?.querySelector(".item")?.click();
  };
  return html`
    ${session.places.length > 7 && html`<div class="group"><input type="search" placeholder="Search tenants" aria-label="Search tenants" value=${search}
      onInput=${(/** @type {any} */ event) => setSearch(event.target.value)} onKeyDown=${openFirst} /></div>`}
    <ul>
      ${found.map(({ slug, name, role, state }) => html`<li key=${slug}><a class="item" href=${`/t/${slug}`} aria-current=${slug === tenant ? "page" : undefined}>
        <span>${name}${name === slug ? "" : html` <span class="soft small">${slug}</span>`}</span><span class="soft small">${state === "active" ? role : state}</span></a></li>`)}
      ${!found.length && html`<li class="group soft">${session.places.length ? "No tenant is called that." : "You are a member of no tenant yet."}</li>`}
    </ul>
    ${hasInstance && html`<a class="item" href="/instance" aria-current=${tenant === "instance" ? "page" : undefined}><span>The instance</span><span class="soft small">tenants, accounts</span></a>`}`;
}
