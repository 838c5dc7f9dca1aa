// @ts-check
// Makes or changes a schedule, and shows when its line would fire while it is written.

import { mayMake } from "../lib/jobs.js";
import { useAct, useLoad } from "../lib/load.js";
import { exampleOf } from "../lib/schema.js";
import { useHere } from "../lib/session.js";
import { html, useEffect, useState } from "../lib/view.js";
import { Dialog, Foot } from "../parts/dialog.js";
import { Alert, Field, Form } from "../parts/form.js";
import { PayloadField } from "../parts/schema-form.js";
import { say } from "../parts/toast.js";
import { Ago } from "../parts/time.js";
import { inZone } from "./schedule.js";

/** @type {string[]} */
const ZONES = Intl.supportedValuesOf("timeZone");

/** @param {{ schedule?: any, onClose: () => void, onDone: () => Promise<void> }} props */
export function ScheduleDialog({ schedule, onClose, onDone }) {
  const here = useHere();
  const [fields, setFields] = useState({
    name: schedule?.name ?? "", cron: schedule?.cron ?? "30 7 * * 1-5",
    timezone: schedule?.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
    jobName: schedule?.jobName ?? "", payload: schedule?.payload ?? {}, queue: schedule?.queue ?? "",
    catchUp: catchUpWord(schedule?.catchUp), overlap: schedule?.overlap ?? "allow",
  });
  const [faults, setFaults] = useState(/** @type {any[]} */ ([]));
  const put = (/** @type {string} */ name) => (/** @type {any} */ value) => setFields((before) => ({ ...before, [name]: value }));
  const kinds = useLoad(`kinds ${here.tenant}`, async (signal) => {
    const { data } = await here.call("GET", "/api/job-kinds", { signal });
    const open = data.filter((/** @type {any} */ kind) => mayMake(here, kind));
    if (!fields.jobName && open[0]) choose(open[0].name, open);
    return open;
  });
  function choose(/** @type {string} */ jobName, known = kinds.data) {
    const schema = known?.find((/** @type {any} */ kind) => kind.name === jobName)?.payload;
    setFields((before) => ({ ...before, jobName, payload: exampleOf(schema, schema) }));
  }
  const kind = kinds.data?.find((/** @type {any} */ one) => one.name === fields.jobName);
  const { run, busy, error } = useAct(async () => {
    const all = fields.catchUp.startsWith("all") ? { all: Number(fields.catchUp.split(" ")[1]) } : fields.catchUp;
    const body = { ...fields, catchUp: all, queue: fields.queue || undefined };
    if (schedule) await here.call("PATCH", `/api/schedules/${schedule.id}`, { body });
    else await here.call("POST", "/api/schedules", { body, once: true });
    say(schedule ? "Changed." : `${fields.name} is there.`);
    onClose();
    await onDone();
  });
  const names = [...new Set([...(kinds.data ?? []).map((/** @type {any} */ one) => one.name), ...(fields.jobName ? [fields.jobName] : [])])];
  return html`
    <${Dialog} title=${schedule ? `Change ${schedule.name}` : "Make a schedule"} large onClose=${onClose}>
      <${Form} onSubmit=${run}>
        <${Field} label="Name" value=${fields.name} onValue=${put("name")} error=${error} path="name" disabled=${schedule?.builtIn} />
        <div class="two">
          <${Field} label="Line" class="mono" hint="Minute, hour, day, month, weekday; or @daily" value=${fields.cron} onValue=${put("cron")} error=${error} path="cron" />
          <${Field} label="Zone" list="zones" value=${fields.timezone} onValue=${put("timezone")} error=${error} path="timezone" />
        </div>
        <datalist id="zones">${ZONES.map((zone) => html`<option value=${zone} />`)}</datalist>
        <${Preview} cron=${fields.cron} timezone=${fields.timezone} />
        <div class="two">
          <${Field} label="Job" value=${fields.jobName} onValue=${choose} options=${names} hint=${kind?.summary} error=${error} path="jobName" />
          <${Field} label="Queue" placeholder=${kind?.queue ?? "the job's own"} value=${fields.queue} onValue=${put("queue")} error=${error} path="queue" />
        </div>
        ${kind && html`<${PayloadField} key=${fields.jobName} schema=${kind.payload} value=${fields.payload} onValue=${(/** @type {any} */ value, /** @type {any[]} */ found) => { put("payload")(value); setFaults(found); }} />`}
        <div class="two">
          <${Field} label="When some were missed" value=${fields.catchUp} onValue=${put("catchUp")} options=${[["once", "do it once"], ["skip", "leave them out"], ...["3", "20", "100"].map((most) => [`all ${most}`, `do them all, at most ${most}`]), ...(["once", "skip", "all 3", "all 20", "all 100"].includes(fields.catchUp) ? [] : [[fields.catchUp, `do them all, at most ${fields.catchUp.split(" ")[1]}`]])]} />
          <${Field} label="While the last one still runs" value=${fields.overlap} onValue=${put("overlap")} options=${[["allow", "run again all the same"], ["skip", "leave this one out"]]} />
        </div>
        <${Alert} error=${error} known=${["name", "cron", "timezone", "jobName", "queue"]} />
        <${Foot} onClose=${onClose}><button type="submit" class="button main" disabled=${busy || fields.payload === undefined || faults.length > 0}>${schedule ? "Change it" : "Make it"}</button><//>
      <//>
    <//>`;
}

/** @param {any} catchUp */
function catchUpWord(catchUp) {
  return catchUp?.all ? `all ${catchUp.all}` : (catchUp ?? "once");
}

/** @param {{ cron: string, timezone: string }} props */
function Preview({ cron, timezone }) {
  const here = useHere();
  const [asked, setAsked] = useState({ cron, timezone });
  useEffect(() => {
    const timer = setTimeout(() => setAsked({ cron, timezone }), 300);
    return () => clearTimeout(timer);
  }, [cron, timezone]);
  const looksWhole = asked.cron.trim().startsWith("@") || asked.cron.trim().split(/\s+/).length === 5;
  const found = useLoad(`preview ${asked.cron} ${asked.timezone}`, async (signal) => {
    if (!looksWhole || !ZONES.includes(asked.timezone) && asked.timezone !== "UTC") return null;
    return (await here.call("POST", "/api/schedules/preview", { signal, body: asked })).data;
  });
  const text = found.error ? found.error.message : found.data === null ? "When the line has five fields and the zone is known, its next times stand here." : "";
  return html`
    <div class="plain-words" role="status" aria-label="When it would fire">
      ${found.data ? html`<p>${found.data.description}</p>
        <ul>${found.data.nextRuns.map((/** @type {string} */ at) => html`<li>${inZone(at, asked.timezone)} <span class="soft">(<${Ago} at=${at} />)</span></li>`)}</ul>` : html`<p class=${found.error ? "bad" : ""}>${text || "…"}</p>`}
    </div>`;
}
