// @ts-check
// Requests: a list, or a board by status. The filters stand in the address.

import { useLoad } from "../lib/load.js";
import { setQuery, useAddress } from "../lib/router.js";
import { useHere } from "../lib/session.js";
import { html } from "../lib/view.js";
import { PRIORITIES, REQUEST_STATUSES, actorWord, lookOf } from "../lib/words.js";
import { useDialogs } from "../parts/dialog.js";
import { Empty, Snippet } from "../parts/empty.js";
import { Shown } from "../parts/failure.js";
import { Field } from "../parts/form.js";
import { Priority } from "../parts/priority.js";
import { State } from "../parts/state.js";
import { More, Table } from "../parts/table.js";
import { Ago } from "../parts/time.js";
import { guarded } from "../parts/toast.js";
import { RequestDialog } from "./request-dialog.js";

const SORTS = [["newest", "the newest first"], ["oldest", "the oldest first"], ["due", "what is due first"], ["priority", "the most urgent first"]];

export default function Requests() {
  const here = useHere();
  const { query } = useAddress();
  const isBoard = query.get("view") === "board";
  const filters = { status: query.get("status"), priority: query.get("priority"), sort: query.get("sort") ?? "newest", assignee: query.get("mine") ? here.session.user.id : null };
  const { open, dialog } = useDialogs({ make: (_, close) => html`<${RequestDialog} onClose=${close} />` });
  return html`
    <div class="head"><h1>Requests</h1>
      ${here.can("requests:write") && html`<div class="actions"><button type="button" class="button main" onClick=${() => open("make")}>Open a request</button></div>`}</div>
    <div class="filters" role="group" aria-label="What is shown">
      <${Field} label="As" value=${isBoard ? "board" : "list"} options=${[["list", "a list"], ["board", "a board"]]} onValue=${(/** @type {string} */ view) => setQuery({ view: view === "board" ? view : "", status: "" })} />
      ${!isBoard && html`<${Field} label="Status" value=${filters.status ?? ""} options=${[["", "any"], ...REQUEST_STATUSES.map((status) => [status, lookOf(status).word])]} onValue=${(/** @type {string} */ status) => setQuery({ status })} />`}
      <${Field} label="Priority" value=${filters.priority ?? ""} options=${[["", "any"], ...PRIORITIES]} onValue=${(/** @type {string} */ priority) => setQuery({ priority })} />
      <${Field} label="Whose" value=${query.get("mine") ?? ""} options=${[["", "everybody's"], ["1", "mine to do"]]} onValue=${(/** @type {string} */ mine) => setQuery({ mine })} />
      <${Field} label="Sorted by" value=${filters.sort} options=${SORTS} onValue=${(/** @type {string} */ sort) => setQuery({ sort: sort === "newest" ? "" : sort })} />
    </div>
    ${isBoard ? html`<${Board} filters=${filters} />` : html`<${List} filters=${filters} />`}
    ${dialog}`;
}

/**
 * @param {import("../lib/session.js").Here} here
 * @param {any} query
 * @param {AbortSignal} [signal]
 */
async function find(here, query, signal) {
  const { data, meta } = await here.call("GET", "/api/requests", { signal, query });
  const names = await here.names(data.flatMap((/** @type {any} */ one) => [one.requester, one.assignee]));
  return { rows: data, next: meta.nextCursor, names };
}

/** @param {{ filters: any }} props */
function List({ filters }) {
  const here = useHere();
  const asked = useLoad(`requests ${here.tenant} ${JSON.stringify(filters)}`, (signal) => find(here, { ...filters, limit: 50 }, signal));
  const more = guarded(async () => {
    const found = await find(here, { ...filters, limit: 50, cursor: asked.data?.next });
    asked.patch((list) => ({ ...found, rows: [...list.rows, ...found.rows] }));
  });
  const isFiltered = filters.status || filters.priority || filters.assignee;
  return html`<${Shown} of=${asked}>${(/** @type {any} */ { rows, next, names }) => html`<section class="panel" aria-label="Requests">
    ${rows.length ? html`<${Table} caption="Requests" columns=${columnsOf(here, names)} rows=${rows} /><${More} more=${Boolean(next)} onMore=${more} />`
    : isFiltered ? html`<${Empty} title="No request is like that"><p>Take a filter away to see more.</p><//>` : html`<${Nothing} />`}
  </section>`}<//>`;
}

/** @param {import("../lib/session.js").Here} here @param {Map<string, any>} names @returns {import("../parts/table.js").Column[]} */
function columnsOf(here, names) {
  const person = (/** @type {string | null} */ id) => (id ? actorWord(`user:${id}`, names) : html`<span class="soft">nobody</span>`);
  return [
    { label: "Status", cell: (one) => html`<${State} is=${one.status} />` },
    { label: "Request", kind: "main-cell", cell: (one) => html`<a href=${here.at(`/requests/${one.id}`)}>${one.title}</a>` },
    { label: "Priority", weight: 2, cell: (one) => html`<${Priority} is=${one.priority} />` },
    { label: "From", weight: 3, cell: (one) => person(one.requester) },
    { label: "To do", weight: 3, cell: (one) => person(one.assignee) },
    { label: "Due", kind: "number", weight: 2, cell: (one) => html`<${Due} request=${one} />` },
    { label: "Opened", kind: "number", cell: (one) => html`<${Ago} at=${one.createdAt} />` },
  ];
}

/** @param {{ request: any }} props */
export function Due({ request }) {
  const isLate = request.dueAt && Date.parse(request.dueAt) < Date.now() && !["done", "rejected", "cancelled"].includes(request.status);
  return html`<span class=${isLate ? "bad" : undefined}>${isLate ? "late, " : ""}<${Ago} at=${request.dueAt} none="–" /></span>`;
}

/** @param {{ filters: any }} props */
function Board({ filters }) {
  const here = useHere();
  const { status, ...others } = filters;
  const asked = useLoad(`board ${here.tenant} ${JSON.stringify(others)}`, async (signal) => {
    const lanes = await Promise.all(REQUEST_STATUSES.map((status) => find(here, { ...others, status, limit: 30 }, signal)));
    return REQUEST_STATUSES.map((status, at) => ({ status, ...lanes[at] }));
  });
  return html`<${Shown} of=${asked}>${(/** @type {any[]} */ lanes) => html`
    <div class="board" tabindex="0" role="region" aria-label="Requests by status">${lanes.map(({ status, rows, next, names }) => html`
      <section key=${status} class="lane" aria-label=${lookOf(status).word}>
        <h2><${State} is=${status} /><span class="soft">${rows.length}${next ? "+" : ""}</span></h2>
        ${rows.map((/** @type {any} */ one) => html`<a key=${one.id} class="card" href=${here.at(`/requests/${one.id}`)}>
          <strong>${one.title}</strong>
          <span class="row-of apart small soft"><${Priority} is=${one.priority} /><span>${one.dueAt ? html`<${Due} request=${one} />` : one.assignee ? actorWord(`user:${one.assignee}`, names) : ""}</span></span></a>`)}
        ${next && html`<p class="more"><a href=${here.at(`/requests?status=${status}`)}>All of them</a></p>`}
      </section>`)}</div>`}<//>`;
}

function Nothing() {
  const here = useHere();
  const asked = { method: "POST", url: `${location.origin}/api/requests`, tenant: here.tenant, body: { title: "The printer is on fire" } };
  const makeToken = async () => {
    const { data } = await here.call("POST", "/api/keys", { body: { name: "first request", permissions: ["requests:write"], resources: ["requests"], expiresAt: new Date(Date.now() + 3_600_000).toISOString() } });
    return data.token;
  };
  return html`<${Empty} title="Nobody has asked for anything yet">
    <p>A request is something that somebody wants done: it has a status, a priority, comments, and a time by which it is due. Open one here, or from a program:</p>
    <${Snippet} asked=${asked} onToken=${here.can("keys:write") && here.can("requests:write") ? makeToken : undefined} /><//>`;
}
