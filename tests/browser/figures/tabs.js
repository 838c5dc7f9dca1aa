// What 200 open dashboards cost a server that has nothing else to do: its memory, and its part of a core.

import { readFileSync, readdirSync } from "node:fs";
import { seed } from "../seed.js";
import { Server } from "../server.js";

const TABS = 200;
const TENANTS = 10;
const SECONDS = Number(process.argv[2] ?? 30);

/** As often as the overview and its frame ask, in seconds. */
const POLLS = [["/api/jobs/queues", 15], ["/api/jobs?state=dead&limit=6", 15], ["/api/subscriptions?limit=200", 15], ["/api/dead-letters/groups?limit=200", 15], ["/api/schedules?limit=200", 60], ["/readyz", 60]];

/** @param {number} pid */
const memoryOf = (pid) => Number(/^RssAnon:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1_000;
/** @param {number} pid */
const busyOf = (pid) => readdirSync(`/proc/${pid}/task`).reduce((sum, task) => sum + Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8").split(" ")[0]) / 1e9, 0);
const sleep = (/** @type {number} */ seconds) => new Promise((done) => setTimeout(done, seconds * 1_000));

const server = await Server.start({ STEADING__LIMITS__RATES: "false" });
try {
  server.run("account", "create", "--email", "ada@example.org", "--owner");
  const token = server.run("token", "create", "--account", "ada@example.org");
  const call = server.caller(token);
  for (let nth = 0; nth < TENANTS; nth += 1) await call("POST", "/api/tenants", nth ? { slug: `tenant-${nth}`, name: "T" } : { slug: "acme", name: "Acme" });
  await seed(server, token);
  const pid = server.process?.pid ?? 0;
  const measured = async () => {
    const before = busyOf(pid);
    await sleep(SECONDS);
    return { memory: memoryOf(pid), percent: ((busyOf(pid) - before) / SECONDS) * 100 };
  };
  await sleep(3);
  const alone = await measured();
  let open = 0;
  let asked = 0;
  const over = new AbortController();
  /** @type {NodeJS.Timeout[]} */
  const timers = [];
  for (let tab = 0; tab < TABS; tab += 1) {
    const headers = { authorization: `Bearer ${token}`, "x-tenant-id": tab % TENANTS ? `tenant-${tab % TENANTS}` : "acme" };
    for (const path of ["/api/jobs/stream?state=dead", "/api/events/stream?pattern=handler.disabled"]) {
      const reply = await fetch(server.url + path, { headers: { ...headers, accept: "text/event-stream" }, signal: over.signal });
      if (!reply.ok) throw new Error(`${path}: ${reply.status}`);
      open += 1;
      reply.text().catch(() => undefined);
    }
    for (const [path, every] of POLLS) {
      const ask = () => fetch(server.url + path, { headers, signal: over.signal }).then((reply) => reply.text()).then(() => { asked += 1; }, () => undefined);
      // They were not opened in the same moment.
      setTimeout(() => { ask(); timers.push(setInterval(ask, Number(every) * 1_000)); }, Math.random() * Number(every) * 1_000);
    }
  }
  await sleep(15);
  asked = 0;
  const together = await measured();
  console.log(`${TABS} dashboards: ${open} streams, ${(asked / SECONDS).toFixed(0)} requests a second`);
  console.log(`memory ${alone.memory.toFixed(1)} MB, and with them ${together.memory.toFixed(1)} MB: ${(together.memory - alone.memory).toFixed(1)} MB for all`);
  console.log(`of a core ${alone.percent.toFixed(1)} %, and with them ${together.percent.toFixed(1)} %`);
  for (const timer of timers) clearInterval(timer);
  over.abort();
} finally {
  await server.stop();
  process.exit();
}
