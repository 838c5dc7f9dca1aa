// @ts-check
// What stands where nothing is yet: the call that makes the first one, with a token that works.

import { SAMPLES } from "../lib/samples.js";
import { useHere } from "../lib/session.js";
import { html } from "../lib/view.js";
import { Empty, Snippet } from "../parts/empty.js";

const HOUR_MS = 3_600_000;

/** @param {any} props */
function FirstCall({ name, path, permissions, resources }) {
  const here = useHere();
  const makeToken = async () => {
    const expiresAt = new Date(Date.now() + HOUR_MS).toISOString();
    return (await here.call("POST", "/api/keys", { body: { name, permissions, resources, expiresAt } })).data.token;
  };
  const mayMake = here.can("keys:write") && permissions.every((/** @type {string} */ one) => here.can(one));
  return html`<${Snippet} asked=${{ method: "POST", url: location.origin + path, tenant: here.tenant, body: SAMPLES[path] }} onToken=${mayMake ? makeToken : undefined} />`;
}

export function FirstJob() {
  return html`
    <div class="panel"><${Empty} title="No job has been here yet">
      <p>A job is work that is written down before it is done, so that nothing is lost: not in a crash, not in a restart.
        Run this in a terminal, and watch the first one appear here.</p>
      <${FirstCall} name="first job" path="/api/jobs/enqueue" permissions=${["jobs:write"]} resources=${["jobs/*"]} />
    <//></div>`;
}

export function FirstEvent() {
  const here = useHere();
  return html`
    <div class="panel"><${Empty} title="Nothing has been published here yet">
      <p>An event is a fact: something happened. Who publishes it does not know who listens, and whoever listens gets it until it
        is done. Run this in a terminal, and watch the first one appear here.</p>
      <${FirstCall} name="first event" path="/api/events" permissions=${["events:write"]} resources=${["events"]} />
      ${here.can("subscriptions:read") && html`<p>Then let somebody listen: <a href=${here.at("/handlers")}>a webhook, a job or workers outside</a>.</p>`}
    <//></div>`;
}

export function FirstHandler() {
  return html`
    <div class="panel"><${Empty} title="Nobody listens yet">
      <p>A handler gets every event of the types that it listens to, until it is done: a webhook is called, a job runs, or workers
        outside fetch it. It has attempts of its own, and when it keeps failing its deliveries wait for it and nobody else's.
        Add one here, or from elsewhere:</p>
      <${FirstCall} name="first handler" path="/api/subscriptions" permissions=${["subscriptions:write", "events:read"]} resources=${["subscriptions"]} />
    <//></div>`;
}
