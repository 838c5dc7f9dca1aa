// @ts-check
// What stands where no job has been yet: the call that makes the first one.

import { useHere } from "../lib/session.js";
import { html } from "../lib/view.js";
import { Empty, Snippet } from "../parts/empty.js";

const HOUR_MS = 3_600_000;

export function FirstJob() {
  const here = useHere();
  const asked = {
    method: "POST", url: `${location.origin}/api/jobs/enqueue`, tenant: here.tenant,
    body: { jobName: "system.ping", payload: { message: "hello" } },
  };
  const makeToken = async () => {
    const expiresAt = new Date(Date.now() + HOUR_MS).toISOString();
    const { data } = await here.call("POST", "/api/keys", { body: { name: "first job", permissions: ["jobs:write"], resources: ["jobs/*"], expiresAt } });
    return data.token;
  };
  const mayMake = here.can("keys:write") && here.can("jobs:write");
  return html`
    <div class="panel"><${Empty} title="No job has been here yet">
      <p>A job is work that is written down before it is done, so that nothing is lost: not in a crash, not in a restart.
        Run this in a terminal, and watch the first one appear here.</p>
      <${Snippet} asked=${asked} onToken=${mayMake ? makeToken : undefined} />
    <//></div>`;
}
