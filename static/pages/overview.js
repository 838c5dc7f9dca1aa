// @ts-check
// Overview: what needs attention first, then how much there is and how fast it goes.

import { attention, withSample } from "../lib/attention.js";
import { count } from "../lib/format.js";
import { listHandlers, listLetterGroups } from "../lib/lists.js";
import { useLive } from "../lib/live.js";
import { useEvery, useLoad } from "../lib/load.js";
import { gaugesOf, machineConcerns } from "../lib/machine.js";
import { useHere } from "../lib/session.js";
import { useStore } from "../lib/store.js";
import { scarce } from "../lib/usage.js";
import { html, useEffect, useRef, useState } from "../lib/view.js";
import { lookOf } from "../lib/words.js";
import { Concerns } from "../parts/concerns.js";
import { Shown } from "../parts/failure.js";
import { Gauges } from "../parts/gauges.js";
import { Line } from "../parts/line.js";
import { Shape } from "../parts/state.js";
import { Table } from "../parts/table.js";
import { Ago, now } from "../parts/time.js";
import { FirstJob } from "./first.js";

const SPAN_MS = 5 * 60_000;
/** What is not told by the stream is asked anew as often. */
const ASK_MS = 15_000;
const ASK_SCHEDULES_MS = 60_000;

export default function Overview() {
  const here = useHere();
  const asked = useLoad(`overview ${here.tenant}`, async (signal) => {
    const [queues, dead] = await Promise.all([
      here.call("GET", "/api/jobs/queues", { signal }),
      here.call("GET", "/api/jobs", { signal, query: { state: "dead", limit: 6 } }),
    ]);
    return { queues: queues.data, dead: dead.data };
  });
  const schedules = useLoad(`overview schedules ${here.tenant}`, async (signal) => (here.can("schedules:read") ? await here.read("/api/schedules?limit=200", signal) : []));
  const events = useLoad(`overview events ${here.tenant}`, async (signal) => {
    const [handlers, groups] = await Promise.all([listHandlers(here, signal), listLetterGroups(here, signal)]);
    return { handlers, letters: groups.reduce((sum, group) => sum + group.letters, 0) };
  });
  const usage = useLoad(`overview usage ${here.tenant}`, async (signal) => (here.can("limits:read") ? await here.read("/api/limits", signal) : undefined));
  const machine = useLoad("overview machine", async (signal) => (here.session.instance.has("metrics:read") ? (await here.call("GET", "/api/system", { signal, tenant: "instance" })).data : undefined));
  const [stats, setStats] = useState(/** @type {any} */ (null));
  const stale = useRef(false);
  useLive({ tenant: here.tenant, query: { state: "dead" }, on: ({ counts, jobs, lagged }) => {
    if (counts) setStats(counts);
    // What is asked for already is as it is now.
    if (jobs.length || (lagged && asked.data)) stale.current = true;
  } });
  useEffect(() => {
    let last = Date.now();
    const timer = setInterval(() => {
      if (document.hidden || (!stale.current && Date.now() - last < ASK_MS)) return;
      stale.current = false;
      last = Date.now();
      asked.reload();
      events.reload();
    }, 2_000);
    return () => clearInterval(timer);
  }, [asked.reload, events.reload]);
  useEvery(ASK_SCHEDULES_MS, () => { schedules.reload(); usage.reload(); machine.reload(); });

  return html`
    <div class="head"><h1>Overview</h1></div>
    <${Shown} of=${asked}>${(/** @type {any} */ { queues, dead }) => {
      const shown = stats ? queuesWith(queues, stats) : queues;
      const states = sumOf(shown);
      if (!Object.values(states).some(Boolean)) return html`<${FirstJob} />`;
      return html`
        <${Attention} queues=${shown} schedules=${schedules.data ?? []} usage=${usage.data} machine=${machine.data} ...${events.data ?? {}} />
        <${Figures} states=${states} />
        ${machine.data && html`<${Gauges} gauges=${gaugesOf(machine.data)} href="/instance/system" />`}
        <${Rates} states=${states} />
        <div class="panels">
          <${Queues} queues=${shown} />
          <${Failures} dead=${dead} />
        </div>`;
    }}<//>`;
}

/** The queues with the newest counts. @param {any[]} queues @param {any} stats */
function queuesWith(queues, stats) {
  const known = queues.map((queue) => ({ ...queue, states: stats.queues[queue.name] ?? {} }));
  const names = new Set(queues.map(({ name }) => name));
  const others = Object.keys(stats.queues).filter((name) => !names.has(name));
  return [...known, ...others.map((name) => ({ name, states: stats.queues[name], waitingSince: null, settings: null }))];
}

/** @param {any[]} queues @returns {Record<string, number>} */
function sumOf(queues) {
  /** @type {Record<string, number>} */
  const states = {};
  for (const queue of queues) for (const [state, jobs] of Object.entries(queue.states)) states[state] = (states[state] ?? 0) + Number(jobs);
  return states;
}

/** @param {{ queues: any[], schedules: any[], handlers?: any[], letters?: number, usage?: any, machine?: any }} props */
function Attention({ queues, schedules, handlers, letters, usage, machine }) {
  const here = useHere();
  const at = useStore(now);
  const found = attention({ queues, schedules, handlers, letters, now: at, at: here.at });
  if (usage) found.unshift(...scarce(usage, here.at(here.can("tenant:read") ? "/settings" : "")));
  if (machine) found.unshift(...machineConcerns(machine));
  return html`<${Concerns} title="Needs attention" found=${found} none="Nothing. Everything runs as it should." />`;
}

/** @param {{ states: Record<string, number> }} props */
function Figures({ states }) {
  const here = useHere();
  return html`
    <div class="figures" role="group" aria-label="Jobs by state">
      ${["running", "ready", "scheduled", "dead", "done", "cancelled"].map((state) => html`
        <a key=${state} href=${here.at(`/runs?state=${state}`)}>
          <span class=${`state tone-${states[state] || state !== "dead" ? lookOf(state).tone : "soft"}`}><${Shape} shape=${lookOf(state).shape} />${lookOf(state).word}</span>
          <span class="value">${count(states[state])}</span>
        </a>`)}
    </div>`;
}

/** @param {{ states: Record<string, number> }} props */
function Rates({ states }) {
  const [samples, setSamples] = useState(/** @type {any[]} */ ([]));
  const latest = useRef(states);
  latest.current = states;
  useEffect(() => {
    const sample = () => {
      if (document.hidden) return;
      const { ready = 0, done = 0, dead = 0 } = latest.current;
      setSamples((before) => withSample(before, { at: Date.now(), ready, done, dead }, SPAN_MS));
    };
    sample();
    const timer = setInterval(sample, 1_000);
    return () => clearInterval(timer);
  }, []);
  const plots = [
    { label: "Waiting now", name: "ready", tone: "busy" },
    { label: "Done in a second", name: "finished", tone: "good" },
    { label: "Dead in a second", name: "failed", tone: "bad" },
  ];
  return html`
    <section aria-labelledby="rates">
      <h2 id="rates" class="unseen">Rates since this page was opened</h2>
      <div class="panels small">
        ${plots.map(({ label, name, tone }) => html`
          <div key=${name} class="panel"><header><h3>${label}</h3><span class="push small soft">5 minutes</span></header>
            <div class="body tight"><${Line} label=${label} tone=${tone} span=${SPAN_MS} points=${samples.map((sample) => ({ at: sample.at, value: sample[name] }))} /></div></div>`)}
      </div>
    </section>`;
}

/** @param {{ queues: any[] }} props */
function Queues({ queues }) {
  const here = useHere();
  const depth = (/** @type {any} */ { states }) => (states.ready ?? 0) + (states.running ?? 0) + (states.scheduled ?? 0);
  const rows = [...queues].sort((a, b) => depth(b) - depth(a) || a.name.localeCompare(b.name)).slice(0, 8);
  const columns = [
    { label: "Queue", kind: /** @type {const} */ ("main-cell"), cell: (/** @type {any} */ { name }) => html`<a href=${here.at(`/runs?queue=${encodeURIComponent(name)}`)}>${name}</a>` },
    { label: "Running", kind: /** @type {const} */ ("number"), cell: (/** @type {any} */ { states }) => count(states.running) },
    { label: "Ready", kind: /** @type {const} */ ("number"), cell: (/** @type {any} */ { states }) => count(states.ready) },
    { label: "Oldest waits", kind: /** @type {const} */ ("number"), cell: (/** @type {any} */ { states, waitingSince }) => (states.ready ? html`<${Ago} at=${waitingSince} none="–" />` : "–") },
  ];
  return html`<section class="panel" aria-labelledby="depths"><header><h2 id="depths">Queues</h2><a class="push" href=${here.at("/queues")}>All</a></header>
    <${Table} caption="Queues by how much they hold" columns=${columns} rows=${rows} keyOf=${(/** @type {any} */ row) => row.name} /></section>`;
}

/** @param {{ dead: any[] }} props */
function Failures({ dead }) {
  const here = useHere();
  const columns = [
    { label: "Job", kind: /** @type {const} */ ("main-cell"), cell: (/** @type {any} */ job) => html`<a href=${here.at(`/runs/${job.id}`)}>${job.jobName}</a><span class="sub cut" title=${job.error}>${job.error}</span>` },
    { label: "When", kind: /** @type {const} */ ("number"), cell: (/** @type {any} */ job) => html`<${Ago} at=${job.finishedAt} />` },
  ];
  return html`<section class="panel" aria-labelledby="failures"><header><h2 id="failures">Newest failures</h2>${dead.length > 0 && html`<a class="push" href=${here.at("/runs?state=dead")}>All</a>`}</header>
    ${dead.length ? html`<${Table} caption="Newest failures" columns=${columns} rows=${dead} />` : html`<p class="empty">No job has given up.</p>`}</section>`;
}
