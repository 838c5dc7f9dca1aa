// @ts-check
// The log, the newest first, as it is written. The filters stand in the address.

import { useFeed } from "../lib/feed.js";
import { useStream } from "../lib/live.js";
import { isLogged } from "../lib/history.js";
import { setQuery, useFilters } from "../lib/router.js";
import { useHere } from "../lib/session.js";
import { html, useState } from "../lib/view.js";
import { Empty } from "../parts/empty.js";
import { Shown } from "../parts/failure.js";
import { Clear, Span, Text } from "../parts/filters.js";
import { Field } from "../parts/form.js";
import { LogLines } from "../parts/log-lines.js";
import { More, Newer } from "../parts/table.js";
import { sayProblem } from "../parts/toast.js";

const NAMES = ["level", "text", "trace", "tenant", "since", "until"];
const PAGE = 100;

export default function Logs() {
  const here = useHere();
  const filters = useFilters(NAMES);
  const [stops, setStops] = useState(false);
  const listens = useStream({ tenant: here.tenant, path: "/api/logs/stream", query: { level: filters.level, text: filters.text }, off: stops, on: ({ events, lagged }) => {
    list.hear(events.filter(({ name }) => name === "log").map(({ data }) => JSON.parse(data)));
    if (lagged || events.some(({ name }) => name === "lagged")) list.renew();
  } });
  const list = useFeed({
    about: `logs ${here.tenant} ${JSON.stringify(filters)}`, page: PAGE, filters, belongs: isLogged, listens, onProblem: sayProblem,
    ask: (query, signal) => here.call("GET", "/api/logs", { query, signal }),
  });
  const hrefOf = (/** @type {any} */ line) => (line.traceId ? here.at(`/traces/${line.traceId}`) : undefined);
  const isFiltered = Object.keys(filters).length > 0;
  return html`
    <div class="head"><h1>Log</h1><div class="actions"><button type="button" class="button" aria-pressed=${stops} onClick=${() => setStops(!stops)}>${stops ? "Go on" : "Stand still"}</button></div></div>
    <${Filters} filters=${filters} />
    <${Shown} of=${list}>${(/** @type {any} */ { rows, newer, next }) => html`<section class="panel" aria-label="Log">
      <${Newer} many=${newer.length} word="newer line" onShow=${list.showNewer} />
      ${rows.length ? html`<div class="body tight"><${LogLines} lines=${rows} label="Lines of the log, the newest first" fresh=${list.fresh} hrefOf=${hrefOf} /></div><${More} more=${Boolean(next)} onMore=${list.showOlder} />`
      : html`<${Empty} title=${isFiltered ? "No line is like that" : "Nothing is in the log yet"}><p>New lines appear here by themselves.</p><//>`}</section>`}<//>`;
}

/** @param {{ filters: Record<string, string> }} props */
function Filters({ filters }) {
  const here = useHere();
  return html`
    <div class="filters" role="search">
      <${Field} label="At least" value=${filters.level} onValue=${(/** @type {string} */ level) => setQuery({ level })} options=${[["", "all"], ["error", "errors"], ["warn", "warnings"], ["info", "info"], ["debug", "debug"]]} />
      <${Text} grow label="Text" type="search" name="text" placeholder="in the message" filters=${filters} />
      <${Text} label="Trace" name="trace" placeholder="32 of 0-9, a-f" filters=${filters} />
      ${here.tenant === "instance" && html`<${Text} label="Tenant" name="tenant" filters=${filters} />`}
      <${Span} filters=${filters} /><${Clear} filters=${filters} />
    </div>`;
}
