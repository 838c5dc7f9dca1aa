// @ts-check
// One request: what it is about, where it may go, what was said.

import { useAct, useLoad } from "../lib/load.js";
import { go } from "../lib/router.js";
import { useHere } from "../lib/session.js";
import { html, useState } from "../lib/view.js";
import { TRANSITIONS, actorWord, lookOf } from "../lib/words.js";
import { Confirm, Dialog, Foot, useDialogs } from "../parts/dialog.js";
import { CopyId } from "../parts/copy.js";
import { Fact, Facts } from "../parts/facts.js";
import { Shown } from "../parts/failure.js";
import { Alert, Field, Form } from "../parts/form.js";
import { Priority } from "../parts/priority.js";
import { State } from "../parts/state.js";
import { Ago } from "../parts/time.js";
import { guarded, say } from "../parts/toast.js";
import { RequestDialog } from "./request-dialog.js";
import { Due } from "./requests.js";

/** What one does to a request to bring it there. */
const MOVES = /** @type {Record<string, string>} */ ({ open: "Open it again", in_progress: "Begin", approved: "Approve", rejected: "Reject", done: "Done", cancelled: "Cancel" });

/** What one does most often comes first. */
const MOVE_ORDER = ["done", "in_progress", "approved", "rejected", "open", "cancelled"];

/** @param {{ id: string }} props */
export default function OneRequest({ id }) {
  const here = useHere();
  const asked = useLoad(`request ${here.tenant} ${id}`, async (signal) => {
    const [{ data: request }, comments] = await Promise.all([
      here.call("GET", `/api/requests/${id}`, { signal }),
      here.call("GET", `/api/requests/${id}/comments`, { signal, query: { limit: 200 } }),
    ]);
    const people = [request.requester, request.assignee, ...comments.data.map((/** @type {any} */ one) => one.author.split(":").at(-1))];
    return { request, comments: comments.data, names: await here.names(people.filter((one) => one?.length === 36)) };
  });
  const assign = guarded(async (/** @type {string | null} */ assignee) => {
    await here.call("PATCH", `/api/requests/${id}`, { body: { assignee } });
    say(assignee ? "It is yours." : "It is nobody's now.");
    await asked.reload();
  });
  const { open, dialog } = useDialogs({
    edit: (request, close) => html`<${RequestDialog} request=${request} onClose=${close} onDone=${asked.reload} />`,
    move: (to, close) => html`<${MoveDialog} id=${id} to=${to} onClose=${close} onDone=${asked.reload} />`,
    remove: (_, close) => html`<${Confirm} title="Delete this request" word="Delete it" onClose=${close}
      onYes=${async () => { await here.call("DELETE", `/api/requests/${id}`); say("Deleted."); go(here.at("/requests")); }}><p>It goes with all that was said about it, for good.</p><//>`,
  });
  return html`
    <p><a class="back" href=${here.at("/requests")}>← Requests</a></p>
    <${Shown} of=${asked}>${(/** @type {any} */ { request, comments, names }) => html`
      <div class="head"><h1>${request.title}</h1><${State} is=${request.status} />
        ${here.can("requests:write") && html`<div class="actions">
          ${MOVE_ORDER.filter((to) => TRANSITIONS[request.status]?.includes(to)).map((to, at) => html`<button type="button" key=${to} class=${`button${at === 0 ? " main" : ""}`} onClick=${() => open("move", to)}>${MOVES[to]}</button>`)}
          <button type="button" class="button" onClick=${() => open("edit", request)}>Edit …</button>
          ${here.can("requests:delete") && html`<button type="button" class="button danger" onClick=${() => open("remove")}>Delete …</button>`}
        </div>`}</div>
      <section class="panel" aria-label="About this request"><div class="body stack">
        ${request.description ? html`<p class="words">${request.description}</p>` : html`<p class="soft">Nothing more was said about it.</p>`}
        <${Facts}>
          <${Fact} name="Priority"><${Priority} is=${request.priority} /><//>
          <${Fact} name="From">${actorWord(`user:${request.requester}`, names)}<//>
          <${Fact} name="To do">${request.assignee ? actorWord(`user:${request.assignee}`, names) : html`<span class="soft">nobody</span>`}
            ${here.can("requests:write") && html` <button type="button" class="quiet small" onClick=${() => assign(request.assignee === here.session.user.id ? null : here.session.user.id)}>${request.assignee === here.session.user.id ? "Give it back" : "Take it"}</button>`}<//>
          <${Fact} name="Due"><${Due} request=${request} /><//>
          <${Fact} name="Opened"><${Ago} at=${request.createdAt} /><//>
          <${Fact} name="Changed"><${Ago} at=${request.updatedAt} /><//>
          <${Fact} name="Id"><${CopyId} id=${request.id} /><//>
        <//></div></section>
      <section class="panel" aria-labelledby="talk"><header><h2 id="talk">What was said</h2></header>
        <ol class="talk body">${comments.map((/** @type {any} */ one) => html`<li key=${one.id}><strong>${actorWord(one.author.includes(":") ? one.author : `user:${one.author}`, names)}</strong> <span class="soft"><${Ago} at=${one.createdAt} /></span><p class="words">${one.body}</p></li>`)}
          ${!comments.length && html`<li class="soft">Nothing yet.</li>`}</ol>
        ${here.can("requests:write") && html`<${Say} id=${id} onDone=${asked.reload} />`}
      </section>`}<//>
    ${dialog}`;
}

/** @param {{ id: string, onDone: () => Promise<void> }} props */
function Say({ id, onDone }) {
  const here = useHere();
  const [body, setBody] = useState("");
  const { run, busy, error } = useAct(async () => {
    await here.call("POST", `/api/requests/${id}/comments`, { body: { body }, once: true });
    setBody("");
    await onDone();
  });
  return html`<div class="body"><${Form} onSubmit=${run} aria-label="Say something">
    <${Field} label="Say something" rows=${3} value=${body} onValue=${setBody} error=${error} path="body" />
    <${Alert} error=${error} known=${["body"]} />
    <div><button type="submit" class="button" disabled=${busy || !body.trim()}>Say it</button></div><//></div>`;
}

/** @param {{ id: string, to: string, onClose: () => void, onDone: () => Promise<void> }} props */
function MoveDialog({ id, to, onClose, onDone }) {
  const here = useHere();
  const [comment, setComment] = useState("");
  const { run, busy, error } = useAct(async () => {
    await here.call("POST", `/api/requests/${id}/transition`, { body: { to, comment: comment.trim() || null }, once: true });
    say(`It is ${lookOf(to).word}.`);
    onClose();
    await onDone();
  });
  return html`
    <${Dialog} title=${`${MOVES[to]}: it will be ${lookOf(to).word}`} onClose=${onClose}>
      <${Form} onSubmit=${run}>
        <${Field} label="Why (optional)" hint="It is kept as a comment." rows=${3} value=${comment} onValue=${setComment} error=${error} path="comment" />
        <${Alert} error=${error} known=${["comment"]} />
        <${Foot} onClose=${onClose}><button type="submit" class="button main" disabled=${busy}>${MOVES[to]}</button><//>
      <//>
    <//>`;
}
