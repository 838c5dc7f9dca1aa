// @ts-check
// What who looks after the instance should see to, and how full its machine is. What is in a tenant is looked at only where one has a place.

import { adviceOf } from "../lib/advice.js";
import { Refused, send } from "../lib/api.js";
import { useEvery, useLoad } from "../lib/load.js";
import { gaugesOf } from "../lib/machine.js";
import { useHere } from "../lib/session.js";
import { html } from "../lib/view.js";
import { Concerns } from "../parts/concerns.js";
import { Gauges } from "../parts/gauges.js";

const ASK_MS = 60_000;

export function Advice() {
  const here = useHere();
  const asked = useLoad("advice", async (signal) => {
    // What can't be told must not hide what can.
    const ask = async (/** @type {string} */ permission, /** @type {string} */ path) => (here.can(permission) ? here.read(path, signal).catch(() => undefined) : undefined);
    const [troubles, machine, backups, places] = await Promise.all([troublesNow(), ask("metrics:read", "/api/system"), ask("backups:read", "/api/backups"), send("GET", "/api/auth/concerns", { signal })]);
    return { machine, found: adviceOf({ troubles, machine, backups, now: Date.now(), places: places.data }) };
  });
  useEvery(ASK_MS, asked.reload);
  if (!asked.data) return null;
  const { machine, found } = asked.data;
  return html`<${Concerns} title="Needs attention" found=${found} none="Nothing. The instance runs as it should." />
    ${machine && html`<${Gauges} gauges=${gaugesOf(machine)} href="/instance/system" />`}`;
}

/** @returns {Promise<{ path: string, message: string }[]>} */
async function troublesNow() {
  return send("GET", "/readyz").then(() => [], (error) => (error instanceof Refused ? error.details : []));
}
