// @ts-check
// Dead letters: deliveries that used up their attempts, by what went wrong.

import { count } from "../lib/format.js";
import { listHandlers } from "../lib/lists.js";
import { useLoad } from "../lib/load.js";
import { usePages } from "../lib/pages.js";
import { setQuery, useFilters } from "../lib/router.js";
import { useHere } from "../lib/session.js";
import { html } from "../lib/view.js";
import { useDialogs } from "../parts/dialog.js";
import { Empty } from "../parts/empty.js";
import { Shown } from "../parts/failure.js";
import { Field } from "../parts/form.js";
import { State } from "../parts/state.js";
import { More, Table } from "../parts/table.js";
import { Ago } from "../parts/time.js";
import { guarded, say, sayProblem } from "../parts/toast.js";
import { BulkLettersDialog, DiscardDialog } from "./bulk-letters.js";
import { LetterDialog } from "./letter.js";

export default function DeadLetters() {
  const filter = useFilters(["handler", "fingerprint"]);
  return filter.handler || filter.fingerprint ? html`<${Letters} key=${JSON.stringify(filter)} filter=${filter} />` : html`<${Groups} />`;
}

function Groups() {
  const here = useHere();
  const asked = usePages(`letter groups ${here.tenant}`, async (page, signal) => {
    const found = await here.call("GET", "/api/dead-letters/groups", { query: { ...page, limit: 200 }, signal });
    return { ...found, data: found.data.sort((/** @type {any} */ a, /** @type {any} */ b) => b.letters - a.letters || (a.lastAt < b.lastAt ? 1 : -1)) };
  }, sayProblem);
  const { open, dialog } = useDialogs({ bulk: (subject, close) => html`<${BulkLettersDialog} ...${subject} onClose=${close} onDone=${asked.reload} />` });
  /** @type {import("../parts/table.js").Column[]} */
  const columns = [
    { label: "What went wrong", kind: "main-cell", cell: (group) => html`<a href=${here.at(`/dead-letters?fingerprint=${encodeURIComponent(group.fingerprint)}`)}>${group.error || "no error was told"}</a><span class="sub">${handlerOf(here, group)}</span>` },
    { label: "Letters", kind: "number", cell: (group) => html`<strong class="bad">${count(group.letters)}</strong>` },
    { label: "First", kind: "number", weight: 3, cell: (group) => html`<${Ago} at=${group.firstAt} />` },
    { label: "Last", kind: "number", weight: 2, cell: (group) => html`<${Ago} at=${group.lastAt} />` },
    ...(here.can("dead-letters:write") ? [{ label: "Do", unseen: true, weight: /** @type {const} */ (2), kind: /** @type {const} */ ("act"), cell: (/** @type {any} */ group) => html`
      <button type="button" class="button small" onClick=${() => open("bulk", { act: "replay", filter: { fingerprint: group.fingerprint } })}>Deliver anew …<span class="unseen"> ${group.error}</span></button>
      <button type="button" class="button small" onClick=${() => open("bulk", { act: "discard", filter: { fingerprint: group.fingerprint } })}>Put away …<span class="unseen"> ${group.error}</span></button>` }] : []),
  ];
  return html`
    <div class="head"><h1>Dead letters</h1></div>
    <${Shown} of=${asked}>${(/** @type {any} */ { rows, next }) => html`<section class="panel" aria-label="Dead letters by what went wrong">
      ${rows.length ? html`<${Table} caption="Dead letters by what went wrong" columns=${columns} rows=${rows} keyOf=${(/** @type {any} */ row) => row.fingerprint} /><${More} more=${Boolean(next)} onMore=${asked.more} word="Show more" />`
      : html`<${Empty} title="There is no dead letter"><p>A delivery that failed in all its attempts would lie here, with every error and answer, until somebody delivers it anew or puts it away. Nothing is lost.</p><//>`}</section>`}<//>
    ${dialog}`;
}

/** The way to who can be mended. @param {import("../lib/session.js").Here} here @param {any} of */
function handlerOf(here, { handler, subscriptionId }) {
  if (!handler) return html`<span class="soft">a handler that was deleted</span>`;
  return here.can("subscriptions:read") ? html`<a href=${here.at(`/handlers/${subscriptionId}`)}>${handler}</a>` : handler;
}

/** @param {{ filter: Record<string, string> }} props */
function Letters({ filter }) {
  const here = useHere();
  const asked = usePages(`letters ${here.tenant} ${JSON.stringify(filter)}`, (page, signal) => here.call("GET", "/api/dead-letters", { query: { ...filter, ...page }, signal }), sayProblem);
  const handlers = useLoad(`handler names ${here.tenant}`, async (signal) => (await listHandlers(here, signal)).map((one) => one.name));
  const replay = guarded(async (/** @type {any} */ letter) => {
    await here.call("POST", `/api/dead-letters/${letter.id}/replay`, { once: true });
    say("It is delivered anew.");
    await asked.reload();
  });
  const { open, dialog } = useDialogs({
    show: (letter, close) => html`<${LetterDialog} letter=${letter} onClose=${close} onDone=${asked.reload} />`,
    discard: (letter, close) => html`<${DiscardDialog} letter=${letter} onClose=${close} onDone=${asked.reload} />`,
    bulk: (act, close) => html`<${BulkLettersDialog} act=${act} filter=${filter} onClose=${close} onDone=${asked.reload} />`,
  });
  const mayWrite = here.can("dead-letters:write");
  const some = Boolean(asked.data?.rows.length);
  /** @type {import("../parts/table.js").Column[]} */
  const columns = [
    { label: "Event", kind: "main-cell", cell: (letter) => html`<button type="button" class="as-link" onClick=${() => open("show", letter)}>${letter.type ?? "an event that is gone"}</button><span class="sub">${letter.subject}</span>` },
    { label: "Handler", weight: 3, cell: (letter) => handlerOf(here, letter) },
    { label: "Error", kind: "rest", weight: 2, cell: (letter) => html`<span class="cut" title=${letter.error}>${letter.error}</span>` },
    { label: "Attempts", kind: "number", weight: 3, cell: (letter) => letter.attemptsMade },
    { label: "Died", kind: "number", cell: (letter) => html`<${Ago} at=${letter.diedAt} />` },
    ...(mayWrite ? [{ label: "Do", unseen: true, weight: /** @type {const} */ (2), kind: /** @type {const} */ ("act"), cell: (/** @type {any} */ letter) => html`
      <button type="button" class="button small" onClick=${() => replay(letter)}>Deliver anew<span class="unseen">: ${letter.type} ${letter.subject}</span></button>
      <button type="button" class="button small" onClick=${() => open("discard", letter)}>Put away …<span class="unseen"> ${letter.type} ${letter.subject}</span></button>` }] : []),
  ];
  const error = asked.data?.rows[0]?.error;
  return html`
    <p><a class="back" href=${here.at("/dead-letters")}>← Dead letters by what went wrong</a></p>
    <div class="head"><h1>Dead letters</h1>
      ${mayWrite && some && html`<div class="actions">
        <button type="button" class="button main" onClick=${() => open("bulk", "replay")}>Deliver all anew …</button>
        <button type="button" class="button danger" onClick=${() => open("bulk", "discard")}>Put all away …</button></div>`}</div>
    ${filter.fingerprint && error && html`<p class="notice bad"><${State} is="dead" /><span class="log">${error}</span></p>`}
    ${!filter.fingerprint && html`<div class="filters" role="search"><${Field} label="Handler" value=${filter.handler} onValue=${(/** @type {string} */ handler) => setQuery({ handler })}
      options=${[["", "any, by what went wrong"], ...new Set([...(handlers.data ?? []), ...(filter.handler ? [filter.handler] : [])])]} /></div>`}
    <${Shown} of=${asked}>${(/** @type {any} */ { rows, next }) => html`<section class="panel" aria-label="Dead letters">
      ${rows.length ? html`<${Table} caption="Dead letters, the newest first" columns=${columns} rows=${rows} /><${More} more=${Boolean(next)} onMore=${asked.more} />`
      : html`<${Empty} title="None of these is left"><p>They were delivered anew or put away, or there was none.</p><p><a href=${here.at("/dead-letters")}>See all</a></p><//>`}</section>`}<//>
    ${dialog}`;
}
