// A worker outside, with nothing but fetch: node worker.ts QUEUE...  (Node 22.6 or later, or deno run -A)
import process from "node:process";

type Job = { id: string; jobName: string; payload: any; lease: number; attempt: number };
const { STEADING_URL: url, STEADING_TOKEN: token } = process.env;
const leaseSeconds = 30;
const stopping = new AbortController();

class Refused extends Error {
  status: number;
  constructor(status: number, message: string) { super(message); this.status = status; }
}

async function call(path: string, body: unknown, signal?: AbortSignal): Promise<any> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const reply = await fetch(url + path, { method: "POST", headers, body: JSON.stringify(body), signal });
  const told = await reply.json();
  if (!reply.ok) throw new Refused(reply.status, told.error.message);
  return told.data;
}

const sleep = (ms: number, signal: AbortSignal) => new Promise<void>((done) => {
  const timer = setTimeout(done, ms);
  signal.addEventListener("abort", () => { clearTimeout(timer); done(); }, { once: true });
});

/** Your work. What it returns is the result; what it throws fails the attempt. */
async function handle(job: Job, cancelled: AbortSignal): Promise<unknown> {
  if (job.jobName !== "demo.sleep") throw new Error(`I do not know ${job.jobName}`);
  const seconds = job.payload.seconds ?? 1;
  await sleep(seconds * 1000, cancelled);
  if (cancelled.aborted) throw new Error("cancelled");
  return { slept: seconds };
}

async function work(job: Job) {
  const cancelled = new AbortController();
  const beating = setInterval(() => {
    call(`/api/jobs/${job.id}/heartbeat`, { lease: job.lease, leaseSeconds })
      .then((told) => told.cancelRequested && cancelled.abort())
      // 409: the lease is over, somebody else does it now. Else the lease may outlast the trouble.
      .catch((error) => error.status === 409 && cancelled.abort());
  }, leaseSeconds * 1000 / 3);
  const [word, body] = await handle(job, cancelled.signal)
    .then((result) => ["complete", { lease: job.lease, result }] as const)
    .catch((error) => ["fail", { lease: job.lease, error: String(error.message ?? error) }] as const);
  clearInterval(beating);
  console.log(word, job.id, (await call(`/api/jobs/${job.id}/${word}`, body)).state);
}

for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, () => stopping.abort());
while (!stopping.signal.aborted) {
  const wanted = { queues: process.argv.slice(2), leaseSeconds, waitSeconds: 20 };
  try { for (const job of await call("/api/jobs/claim", wanted, stopping.signal)) await work(job); } catch (error) {
    if (!stopping.signal.aborted) { console.error("trying again:", error.message); await sleep(1000, stopping.signal); }
  }
}
