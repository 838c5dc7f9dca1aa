// The dashboard's figures with a million rows behind it: how soon each page is there, what it asks
// for, and how still it keeps while 500 things a second happen. `make browser-figures` prints them.

import { launch, Visit } from "../browser.js";
import { ADA, PASSWORD } from "../people.js";
import { serverWith } from "./data.js";
import { markWhatIsShown, opening, pagesOf, stillness } from "./measure.js";

const rows = Number(process.argv[2] ?? 1_000_000);
const TIMES = 5;
const UPDATES_A_SECOND = 500;
const STILL_MS = 10_000;

const server = await serverWith(rows);
const browser = await launch();

/** @param {number[]} found */
const middle = (found) => [...found].sort((one, other) => one - other)[found.length >> 1] ?? 0;
const pad = (/** @type {unknown} */ text, /** @type {number} */ width) => String(text).padStart(width);

/** Some of each to look at. @param {any} call */
async function someIds(call) {
  const [[job], [event], [handler], [trace]] = await Promise.all(["/api/jobs?state=dead&limit=1", "/api/events?limit=1", "/api/subscriptions?limit=1", "/api/traces?limit=1"].map((path) => call("GET", path)));
  return { run: job.id, event: event.id, handler: handler.id, trace: trace.traceId ?? trace.id };
}

/** Opens every page several times, the first time with nothing in the browser's cache. @param {any} call */
async function openings(call) {
  const door = await Visit.begin(browser, server.url);
  await door.signIn(ADA, PASSWORD, "/me");
  const signedIn = await door.context.storageState();
  await door.end();
  console.log(`\n${"page".padEnd(22)}${pad("cold", 7)}${pad("paint", 7)}${pad("median", 8)}${pad("worst", 7)}${pad("asks", 6)}${pad("kB cold", 9)}${pad("kB warm", 9)}${pad("nodes", 7)}`);
  for (const one of pagesOf(await someIds(call))) {
    const visit = await Visit.begin(browser, server.url, { storageState: signedIn });
    await markWhatIsShown(visit.page);
    await visit.page.goto("/livez");
    visit.wrongs.length = 0;
    const found = [];
    try {
      for (let time = 0; time <= TIMES; time += 1) found.push(await opening(visit.page, one));
    } catch (error) {
      console.log(`${one.name.padEnd(22)} is not there: ${String(error).split("\n")[0]}`);
      continue;
    } finally {
      await visit.context.close();
    }
    const [cold, ...warm] = found;
    const shown = warm.map((each) => each.shown);
    console.log(`${one.name.padEnd(22)}${pad(cold?.shown, 7)}${pad(cold?.painted, 7)}${pad(middle(shown), 8)}${pad(Math.max(...shown), 7)}${pad(warm[0]?.asked.length, 6)}${pad(((cold?.bytes ?? 0) / 1_000).toFixed(1), 9)}${pad(((warm[0]?.bytes ?? 0) / 1_000).toFixed(1), 9)}${pad(cold?.nodes, 7)}`);
    if (process.env.ASKED) console.log(warm[0]?.asked.map((path) => `    ${path}`).join("\n"));
  }
  return signedIn;
}

/** Makes jobs and events for as long as it is wanted. @param {any} call */
function happening(call) {
  let goesOn = true;
  let many = 0;
  const began = Date.now();
  const work = (async () => {
    while (goesOn) {
      const due = ((Date.now() - began) / 1_000) * UPDATES_A_SECOND;
      if (many < due) {
        await Promise.all([
          call("POST", "/api/jobs/enqueue/batch", { jobs: Array.from({ length: 25 }, () => ({ jobName: "mail.send", queue: "mail", payload: {} })) }),
          call("POST", "/api/events/batch", { events: Array.from({ length: 25 }, (_, at) => ({ type: "live.moved", subject: `order-${at}`, payload: { many } })) }),
        ]);
        many += 50;
      } else await new Promise((done) => setTimeout(done, 10));
    }
    return Math.round(many / ((Date.now() - began) / 1_000));
  })();
  return { end: () => { goesOn = false; return work; } };
}

/** @param {any} call @param {any} signedIn */
async function underLoad(call, signedIn) {
  console.log(`\n${"while much happens".padEnd(22)}${pad("a second", 9)}${pad("long tasks", 11)}${pad("longest", 9)}${pad("frame", 7)}${pad("worst", 7)}${pad("drawn/s", 9)}${pad("nodes", 7)}`);
  for (const one of pagesOf({ run: "", event: "", handler: "", trace: "" }).filter(({ name }) => ["Overview", "Runs", "Events", "Queues"].includes(name))) {
    const visit = await Visit.begin(browser, server.url, { storageState: signedIn });
    await visit.open(one.path, one.name);
    await visit.page.mouse.move(2, 2);
    const load = happening(call);
    const found = await stillness(visit.page, STILL_MS);
    const rate = await load.end();
    await visit.context.close();
    console.log(`${one.name.padEnd(22)}${pad(rate, 9)}${pad(found.long, 11)}${pad(found.longest, 9)}${pad(found.frame, 7)}${pad(found.worstFrame, 7)}${pad(found.drawnASecond, 9)}${pad(found.nodes, 7)}`);
  }
}

try {
  const call = server.caller(server.run("token", "create", "--account", ADA), "acme");
  console.log(`${rows.toLocaleString("en")} jobs and events; milliseconds until a page shows its data`);
  const signedIn = await openings(call);
  await underLoad(call, signedIn);
} finally {
  await browser.close();
  await server.stop();
}
