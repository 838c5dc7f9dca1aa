// The two pictures of the README: a bakery on a working morning. `make pictures` puts them in docs/images/.

import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Visit } from "../browser.js";
import { ADA, PASSWORD } from "../people.js";

const IN_THE_DOCS = Boolean(process.env.PICTURES);
const place = fileURLToPath(new URL(IN_THE_DOCS ? "../../../docs/images/" : "../../../target/screenshots/readme-", import.meta.url));
if (IN_THE_DOCS) mkdirSync(place, { recursive: true });

/** What is seen of five minutes: so many looks, and what comes between two. */
const LOOKS = IN_THE_DOCS ? 20 : 3;
const LEAP_MS = 15_000;
/** The server counts once a second. */
const COUNTED_MS = 1_100;

const JOBS = [["order.confirm", "orders"], ["label.print", "orders"], ["mail.send", "mail"], ["invoice.render", "invoices"]];

/** Does what waits in the queues, as a worker would. @param {any} call @param {number} many */
async function work(call, many) {
  const fails = (/** @type {any} */ { jobName, payload }) => jobName === "mail.send" && payload.no % 13 === 0;
  for (let done = 0, tries = 0; done < many && tries < 20; tries += 1) {
    const claimed = await call("POST", "/api/jobs/claim", { queues: ["orders", "mail", "invoices"], limit: Math.min(20, many - done), leaseSeconds: 600 });
    await Promise.all(claimed.map((/** @type {any} */ job) => (fails(job)
      ? call("POST", `/api/jobs/${job.id}/fail`, { lease: job.lease, dead: true, error: `SMTP 550: no mailbox for baker-${job.payload.no}@example.org` })
      : call("POST", `/api/jobs/${job.id}/complete`, { lease: job.lease }))));
    done += claimed.length;
  }
}

/** @param {any} call */
async function open(call) {
  for (const name of ["orders", "mail", "invoices"]) await call("POST", "/api/queues", { name, outside: true });
  await call("POST", "/api/queues", { name: "newsletter", paused: true });
  await call("POST", "/api/jobs/enqueue/batch", { jobs: Array.from({ length: 14 }, (_, no) => ({ jobName: "system.ping", queue: "newsletter", payload: { message: `issue ${no}` } })) });
  await call("POST", "/api/jobs/enqueue/batch", { jobs: Array.from({ length: 23 }, () => ({ jobName: "system.ping", delaySeconds: 7_200 })) });
}

/** @param {import("../journeys.test.js").World} world */
async function a_bakery_on_a_working_morning({ server, browser, receiver, token }) {
  await server.caller(token)("POST", "/api/tenants", { slug: "bakery", name: "Bakery" });
  const bakery = server.caller(token, "bakery");
  await open(bakery);
  const visit = await Visit.begin(browser, server.url, { viewport: { width: 1280, height: 800 } });
  const { page } = visit;
  await visit.signIn(ADA, PASSWORD, "/me");
  await page.clock.install({ time: Date.now() - LOOKS * LEAP_MS });
  await visit.open("/t/bakery", "Overview");
  // From here on time goes only when it is told to.
  await page.clock.pauseAt(Date.now() - LOOKS * LEAP_MS + 60_000);
  let no = 0;
  for (let look = 0; look < LOOKS; look += 1) {
    const busy = 1 + Math.sin(look / 4) * 0.6 + (look % 5) * 0.08;
    const comes = Math.round(60 * busy);
    await bakery("POST", "/api/jobs/enqueue/batch", { jobs: Array.from({ length: comes }, (_, at) => {
      const [jobName, queue] = JOBS[(at * 7) % JOBS.length] ?? [];
      no += 1;
      return { jobName, queue, payload: { no } };
    }) });
    await work(bakery, Math.round(60 * (1 + Math.sin((look - 2) / 4) * 0.6)));
    await new Promise((done) => setTimeout(done, COUNTED_MS));
    await page.clock.fastForward(LEAP_MS);
  }
  await work(bakery, 90);
  await new Promise((done) => setTimeout(done, COUNTED_MS));
  await page.clock.fastForward(LEAP_MS);
  await visit.settle();
  await page.getByRole("region", { name: "Newest failures" }).getByRole("link", { name: "mail.send" }).first().waitFor();
  await page.screenshot({ path: `${place}overview.png` });
  await visit.end();

  receiver.answer = { status: 200, body: "thanks" };
  const listens = (/** @type {string} */ name, /** @type {any} */ target) => bakery("POST", "/api/subscriptions", { name, pattern: "order.*", target, maxAttempts: 3 });
  await listens("shop", { webhook: `http://${receiver.host}/shop` });
  await listens("kitchen", { webhook: `http://${receiver.host}/kitchen` });
  await listens("statistics", { job: "system.ping" });
  await bakery("POST", "/api/events", { type: "order.paid", subject: "order-4711", payload: { breads: 12 } });
  const [published] = await bakery("GET", "/api/events?type=order.paid");
  const telling = await Visit.begin(browser, server.url, { viewport: { width: 1280, height: 800 }, colorScheme: "dark" });
  await telling.signIn(ADA, PASSWORD, `/t/bakery/events/${published.id}`);
  await telling.page.getByTitle("All that this trace set going").click();
  const waterfall = telling.page.getByRole("region", { name: "What took how long" });
  // It is written a moment later than it happens.
  for (let tries = 0; tries < 20 && (await waterfall.getByText("127.0.0.1").count()) < 2; tries += 1) {
    await telling.page.reload();
    await waterfall.getByText("POST /api/events").waitFor();
    await telling.settle();
  }
  await telling.page.screenshot({ path: `${place}trace.png` });
  await telling.end();
}

export const JOURNEYS = [a_bakery_on_a_working_morning];
