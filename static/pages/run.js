// @ts-check
// One run: what it was asked, what came of each attempt, why it does not run yet, what caused it.

import { causeOf, hrefOfEntry, hrefOfTrace } from "../lib/causes.js";
import { duration, plural } from "../lib/format.js";
import { actsFor, mayDo } from "../lib/jobs.js";
import { useLive } from "../lib/live.js";
import { useEvery, useLoad } from "../lib/load.js";
import { go } from "../lib/router.js";
import { useHere } from "../lib/session.js";
import { html } from "../lib/view.js";
import { actorWord, lookOf } from "../lib/words.js";
import { Attempts } from "../parts/attempts.js";
import { CopyId } from "../parts/copy.js";
import { Confirm, useDialogs } from "../parts/dialog.js";
import { Shown } from "../parts/failure.js";
import { Fact, Facts } from "../parts/facts.js";
import { JsonTree } from "../parts/json-tree.js";
import { State } from "../parts/state.js";
import { CausalTimeline } from "../parts/timeline.js";
import { Ago, Took } from "../parts/time.js";
import { guarded, say } from "../parts/toast.js";
import { EditDialog } from "./edit-job.js";
import { EnqueueDialog } from "./enqueue.js";

const ASK_MS = 5_000;

/** @param {{ id: string }} props */
export default function Run({ id }) {
  const here = useHere();
  const asked = useLoad(`run ${here.tenant} ${id}`, async (signal) => {
    const job = await here.read(`/api/jobs/${id}`, signal);
    const isOver = ["done", "dead", "cancelled"].includes(job.state);
    const [timeline, why] = await Promise.all([
      here.call("GET", `/api/jobs/${id}/timeline`, { signal }),
      isOver || job.state === "running" ? null : here.call("GET", `/api/jobs/${id}/why`, { signal }),
    ]);
    return { job, timeline: timeline.data, why: why?.data, names: await here.names([job.envelope.actorId.split(":")[1]].filter((one) => one?.length === 36)) };
  });
  const kinds = useLoad(`kinds ${here.tenant}`, (signal) => here.read("/api/job-kinds", signal));
  const job = asked.data?.job;
  useLive({ tenant: here.tenant, query: { jobName: job?.jobName }, off: !job, on: ({ jobs, lagged }) => {
    if (lagged || jobs.some((heard) => heard.id === id || heard.envelope.cause === `job:${id}`)) asked.reload();
  } });
  // What a waiting job waits for changes without the job.
  useEvery(ASK_MS, asked.reload, !["ready", "scheduled"].includes(job?.state));

  const act = (/** @type {string} */ path, /** @type {string} */ done) => guarded(async () => {
    await here.call("POST", `/api/jobs/${id}/${path}`, { once: true });
    say(done);
    await asked.reload();
  });
  const { open, dialog } = useDialogs({
    again: (subject, close) => html`<${EnqueueDialog} kinds=${kinds.data ?? []} like=${subject} onClose=${close} />`,
    edit: (subject, close) => html`<${EditDialog} job=${subject} kind=${kinds.data?.find((/** @type {any} */ kind) => kind.name === subject.jobName)} onClose=${close} onDone=${asked.reload} />`,
    remove: (_, close) => html`<${Confirm} title="Delete this job" word="Delete it" onClose=${close} onYes=${async () => { await here.call("DELETE", `/api/jobs/${id}`); say("Deleted."); go(here.at("/runs")); }}>
      <p>It goes with its attempts and their logs, for good.</p><//>`,
  });
  return html`
    <p><a class="back" href=${here.at("/runs")}>← Runs</a></p>
    <${Shown} of=${asked}>${(/** @type {any} */ { job, timeline, why, names }) => html`
      <${Head} job=${job} kind=${kinds.data?.find((/** @type {any} */ kind) => kind.name === job.jobName)} isKnown=${Boolean(kinds.data)} act=${act} open=${open} />
      ${why && html`<p class="notice"><strong>Why it does not run:</strong> <span>${why.sentence}</span></p>`}
      ${job.state === "running" && job.cancelAskedAt && html`<p class="notice">It was asked to stop <${Ago} at=${job.cancelAskedAt} />.</p>`}
      ${job.state === "running" && job.progress !== null && job.progress !== undefined && html`<${Progress} job=${job} />`}
      ${job.error && html`<section class="panel" aria-labelledby="error"><header><h2 id="error" class="bad">${job.failure ? lookOf(job.failure).word : "Error"}</h2></header><pre class="body log" tabindex="0">${job.error}</pre></section>`}
      <section class="panel" aria-label="About this run"><div class="body"><${About} job=${job} names=${names} /></div></section>
      <section class="panel" aria-labelledby="timeline"><header><h2 id="timeline">What caused it, and what it caused</h2>${timeline.truncated && html`<span class="small soft">only the first are shown</span>`}</header>
        <div class="body stack"><${CausalTimeline} entries=${timeline.entries} current=${id} hrefOf=${(/** @type {any} */ one) => hrefOfEntry(here, one)} /></div></section>
      ${job.attempts.length > 0 && html`<section class="panel" aria-labelledby="attempts"><header><h2 id="attempts">${plural(job.attempts.length, "attempt")}</h2></header>
        <div class="body"><${Attempts} attempts=${job.attempts} /></div></section>`}
      <div class="panels">
        <section class="panel" aria-labelledby="payload"><header><h2 id="payload">Payload</h2></header><div class="body"><${JsonTree} value=${job.payload} label="Payload" /></div></section>
        ${job.result !== null && job.result !== undefined && html`<section class="panel" aria-labelledby="result"><header><h2 id="result">Result</h2></header><div class="body"><${JsonTree} value=${job.result} label="Result" /></div></section>`}
      </div>`}<//>
    ${dialog}`;
}

/** @param {any} props */
function Head({ job, kind, isKnown, act, open }) {
  const here = useHere();
  const may = actsFor(job.state);
  const button = (/** @type {string} */ word, /** @type {() => void} */ onClick, kind = "") => html`<button type="button" class=${`button ${kind}`} onClick=${onClick}>${word}</button>`;
  return html`
    <div class="head"><h1>${job.jobName}</h1><${State} is=${job.state} />
      ${here.can("jobs:write") && mayDo(here, kind) && html`<div class="actions">
        ${may.retry && button("Run again", act("retry", "It runs again."), job.state === "dead" ? "main" : "")}
        ${may.runNow && button("Run now", act("run-now", "It runs as soon as there is room."), "main")}
        ${may.edit && button("Edit …", () => open("edit", job))}
        ${isKnown && (kind?.open ?? true) && button("Edit and run again …", () => open("again", job))}
        ${may.cancel && button("Cancel", act("cancel", job.state === "running" ? "It was asked to stop." : "Cancelled."))}
        ${may.remove && button("Delete …", () => open("remove"), "danger")}
      </div>`}
    </div>`;
}

/** @param {{ job: any }} props */
function Progress({ job }) {
  return html`<div class="panel"><div class="body tight"><div class="row-of apart"><span>${job.progressNote ?? "Progress"}</span><span>${job.progress} %</span></div>
    <progress class="meter" max="100" value=${job.progress} aria-label="Progress"></progress></div></div>`;
}

/** @param {{ job: any, names: Map<string, any> }} props */
function About({ job, names }) {
  const here = useHere();
  const { envelope } = job;
  const cause = causeOf(here, envelope.cause);
  return html`
    <${Facts}>
      <${Fact} name="Made"><${Ago} at=${job.createdAt} /><//>
      <${Fact} name="To run">${job.runAt === job.createdAt ? "at once" : html`<${Ago} at=${job.runAt} />`}<//>
      <${Fact} name="Begun"><${Ago} at=${job.startedAt} none="not yet" /><//>
      <${Fact} name=${job.finishedAt ? "Ran for" : "Has run for"}>${job.startedAt && (job.finishedAt || job.state === "running") ? html`<${Took} from=${job.startedAt} to=${job.finishedAt} />` : html`<span class="soft">–</span>`}<//>
      <${Fact} name="Attempt">${job.attempt} of ${job.maxAttempts}<//>
      <${Fact} name="Queue"><a href=${here.at(`/runs?queue=${encodeURIComponent(job.queue)}`)}>${job.queue}</a>${job.priority === "normal" ? "" : `, ${job.priority}`}<//>
      <${Fact} name="Longest">${duration(job.timeoutSeconds * 1_000)}<//>
      <${Fact} name="On behalf of">${actorWord(envelope.actorId, names)}<//>
      ${job.uniqueKey && html`<${Fact} name="Unique key"><code>${job.uniqueKey}</code><//>`}
      ${job.tags.length > 0 && html`<${Fact} name="Tags">${job.tags.map((/** @type {string} */ tag) => html`<a class="chip" href=${here.at(`/runs?tag=${encodeURIComponent(tag)}`)}>${tag}</a> `)}<//>`}
      ${cause && html`<${Fact} name="Caused by">${cause.href ? html`<a href=${cause.href}>${cause.word}</a>` : cause.word}<//>`}
      <${Fact} name="Id"><${CopyId} id=${job.id} /><//>
      <${Fact} name="Trace"><a href=${hrefOfTrace(here, envelope.traceId)} title="All that this trace set going"><code>…${envelope.traceId.slice(-8)}</code></a><//>
    <//>`;
}
