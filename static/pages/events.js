// @ts-check
// Events: what happened, the newest first, as it happens. The filters stand in the address.

import { useFeed } from "../lib/feed.js";
import { isListed, isUnderWay } from "../lib/history.js";
import { listTypes } from "../lib/lists.js";
import { useStream } from "../lib/live.js";
import { useEvery, useLoad } from "../lib/load.js";
import { isPattern, proposals } from "../lib/patterns.js";
import { setQuery, useFilters } from "../lib/router.js";
import { useHere } from "../lib/session.js";
import { html, useEffect, useState } from "../lib/view.js";
import { EVENT_STATUSES, actorWord, lookOf } from "../lib/words.js";
import { useDialogs } from "../parts/dialog.js";
import { Empty } from "../parts/empty.js";
import { Shown } from "../parts/failure.js";
import { Clear, Span, Text } from "../parts/filters.js";
import { Field } from "../parts/form.js";
import { State } from "../parts/state.js";
import { More, Newer, Table } from "../parts/table.js";
import { Ago } from "../parts/time.js";
import { sayProblem } from "../parts/toast.js";
import { FirstEvent } from "./first.js";
import { PublishDialog } from "./publish.js";
import { ReplayManyDialog } from "./replay.js";

const NAMES = ["type", "subject", "status", "since", "until"];
const PAGE = 50;
/** How often it is asked what became of those that are under way. */
const ASK_MS = 2_500;

export default function Events() {
  const here = useHere();
  const filters = useFilters(NAMES);
  const pattern = filters.type && isPattern(filters.type) ? filters.type : undefined;
  const listens = useStream({ tenant: here.tenant, path: "/api/events/stream", query: { pattern }, on: ({ events, lagged }) => {
    list.hear(events.filter(({ name }) => name === "event").map(({ data }) => JSON.parse(data)));
    if (lagged) list.renew();
  } });
  const list = useFeed({
    about: `events ${here.tenant} ${JSON.stringify(filters)}`, page: PAGE, filters, belongs: isListed, listens, onProblem: sayProblem,
    ask: (query, signal) => here.call("GET", "/api/events", { query, signal }),
  });
  const types = useLoad(`event types ${here.tenant}`, (signal) => listTypes(here, signal));
  // The stream tells that something was published; what became of it is asked for.
  const waits = list.data?.rows.slice(0, PAGE).some(isUnderWay) ?? false;
  useEvery(ASK_MS, list.renew, !waits);

  const { open, dialog } = useDialogs({
    publish: (_, close) => html`<${PublishDialog} types=${types.data ?? []} onClose=${close} />`,
    replay: (_, close) => html`<${ReplayManyDialog} filters=${filters} onClose=${close} />`,
  });
  const isFiltered = Object.keys(filters).length > 0;
  return html`
    <div class="head"><h1>Events</h1>
      <div class="actions">
        ${here.can("events:replay") && isFiltered && html`<button type="button" class="button" onClick=${() => open("replay")}>Replay all of these …</button>`}
        ${here.can("events:write") && html`<button type="button" class="button main" disabled=${!types.data} onClick=${() => open("publish")}>Publish an event</button>`}
      </div></div>
  <${Filters} filters=${filters} types=${types.data ?? []} />
    <${Shown} of=${list}>${(/** @type {any} */ { rows, newer, next }) => (!rows.length && !newer.length ? html`<${Nothing} isFiltered=${isFiltered} more=${next} onMore=${list.showOlder} />` : html`
      <section class="panel" aria-label="Events" ...${list.held}>
        <${Newer} many=${newer.length} word="newer event" onShow=${list.showNewer} />
        <${Table} caption="Events, the newest first" columns=${columnsOf(here)} rows=${rows} fresh=${list.fresh} />
        <${More} more=${Boolean(next)} onMore=${list.showOlder} />
      </section>`)}<//>
    ${dialog}`;
}

/** @param {import("../lib/session.js").Here} here @returns {import("../parts/table.js").Column[]} */
function columnsOf(here) {
  return [
    { label: "Status", cell: (event) => html`<${State} is=${event.status} />` },
    { label: "Event", kind: "main-cell", cell: (event) => html`<a href=${here.at(`/events/${event.id}`)}>${event.type}</a>${event.subject && html`<span class="sub">${event.subject}</span>`}` },
    { label: "Payload", kind: "rest", weight: 2, cell: (event) => html`<code class="cut soft">${JSON.stringify(event.payload).slice(0, 200)}</code>` },
    { label: "By", weight: 3, cell: (event) => html`<span class="nowrap">${event.envelope.actorId.startsWith("user:") ? "a user" : actorWord(event.envelope.actorId)}</span>` },
    { label: "Published", kind: "number", cell: (event) => html`<${Ago} at=${event.createdAt} />` },
  ];
}

/** @param {{ filters: Record<string, string>, types: any[] }} props */
function Filters({ filters, types }) {
  const [type, setType] = useState(filters.type ?? "");
  useEffect(() => setType(filters.type ?? ""), [filters.type]);
  const isWrong = type !== "" && !isPattern(type);
  const apply = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!isWrong) setQuery({ type });
  };
  const write = (/** @type {string} */ value) => {
    setType(value);
    // One that was chosen from the list is whole.
    if (value === "" || types.some((one) => one.type === value)) setQuery({ type: value });
  };
  return html`
    <form class="filters" role="search" onSubmit=${apply}>
      <${Field} grow label="Type" list="event-patterns" placeholder="order.paid or order.*" spellcheck=${false} value=${type} onValue=${write} onChange=${apply}
        ...${isWrong ? { "aria-invalid": "true", hint: "A type such as order.paid, or everything under a prefix: order.*" } : {}} />
      <datalist id="event-patterns">${proposals(types.map((one) => one.type)).map((one) => html`<option value=${one} />`)}</datalist>
      <${Text} grow label="Subject" name="subject" placeholder="what it is about" filters=${filters} />
      <${Field} label="Status" value=${filters.status} onValue=${(/** @type {string} */ status) => setQuery({ status })}
        options=${[["", "any"], ...EVENT_STATUSES.map((status) => [status, lookOf(status).word])]} />
      <${Span} filters=${filters} what="Published" /><${Clear} filters=${filters} />
    </form>`;
}

/** @param {any} props */
function Nothing({ isFiltered, more, onMore }) {
  if (!isFiltered && !more) return html`<${FirstEvent} />`;
  return html`<div class="panel"><${Empty} title="No event is like that"><p>Take a filter away to see more. A new one that fits appears here by itself.</p><//>
    <${More} more=${more} onMore=${onMore} word="Look further back" /></div>`;
}
