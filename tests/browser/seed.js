// A desk in the middle of its day: jobs that went well and badly, queues, schedules, requests, people.

/** @param {(method: string, path: string, body?: any) => Promise<any>} call */
async function jobs(call) {
  await call("POST", "/api/queues", { name: "mail", outside: true });
  await call("POST", "/api/queues", { name: "reports", paused: true, concurrency: 2, ratePerMinute: 30 });
  const ping = (/** @type {any} */ more) => ({ jobName: "system.ping", payload: { message: "good morning" }, ...more });
  const many = Array.from({ length: 30 }, (_, at) => ping({ tags: at % 3 ? [] : ["nightly"], priority: at % 7 ? "normal" : "high" }));
  await call("POST", "/api/jobs/enqueue/batch", { jobs: [
    ...many, ping({ queue: "reports" }), ping({ queue: "reports" }), ping({ queue: "reports", uniqueKey: "report of may" }),
    ping({ delaySeconds: 3_600, tags: ["later"] }), ping({ delaySeconds: 86_400 }),
  ] });
  const mail = Array.from({ length: 9 }, (_, at) => ({
    jobName: "mail.send", queue: "mail", maxAttempts: 2,
    payload: { to: `person-${at}@example.org`, template: "welcome", attachments: [{ name: "terms.pdf", bytes: 48_213 }], options: { track: false, locale: null } },
  }));
  await call("POST", "/api/jobs/enqueue/batch", { jobs: mail });
  const claimed = [];
  while (claimed.length < 7) {
    claimed.push(...await call("POST", "/api/jobs/claim", { queues: ["mail"], limit: 7 - claimed.length, leaseSeconds: 600, waitSeconds: 5 }));
  }
  for (const [at, { id, lease }] of claimed.entries()) {
    if (at < 2) await call("POST", `/api/jobs/${id}/complete`, { lease, result: { messageId: `<${at}@mail>`, accepted: true } });
    else if (at < 5) await call("POST", `/api/jobs/${id}/fail`, { lease, dead: true, error: "SMTP 550: the mailbox does not exist", logs: ["connecting to mx.example.org", "RCPT TO refused: 550 5.1.1"] });
    else if (at < 6) await call("POST", `/api/jobs/${id}/fail`, { lease, error: "SMTP 421: try again later", retryAt: new Date(Date.now() + 1_200_000).toISOString() });
    else await call("POST", `/api/jobs/${id}/heartbeat`, { lease, progress: 40, note: "2 of 5 parts sent", leaseSeconds: 600 });
  }
}

/** @param {(method: string, path: string, body?: any) => Promise<any>} call */
async function schedules(call) {
  const add = (/** @type {any} */ schedule) => call("POST", "/api/schedules", schedule);
  const morning = await add({ name: "good morning", cron: "30 7 * * 1-5", timezone: "Europe/Berlin", jobName: "system.ping", payload: { message: "wake up" } });
  await add({ name: "month's end", cron: "0 18 L * *", timezone: "America/New_York", jobName: "system.ping", catchUp: { all: 3 } });
  await add({ name: "every ten minutes", cron: "*/10 * * * *", jobName: "system.ping", state: "paused", overlap: "skip" });
  for (let times = 0; times < 3; times += 1) await call("POST", `/api/schedules/${morning.id}/run-now`);
}

/** @param {(method: string, path: string, body?: any) => Promise<any>} call */
async function requests(call) {
  const titles = ["The printer is on fire", "A new laptop for Grace", "VPN drops every hour", "Order more coffee", "The badge does not open the lab", "Invoice 4711 is wrong"];
  const priorities = ["urgent", "normal", "high", "low", "normal", "high"];
  const made = [];
  for (const [at, title] of titles.entries()) {
    const dueAt = at % 2 ? undefined : new Date(Date.now() + (at - 1) * 86_400_000 + 3_600_000).toISOString();
    made.push(await call("POST", "/api/requests", { title, priority: priorities[at], dueAt, description: `${title}, since this morning.\nPlease look at it soon.` }));
  }
  await call("POST", `/api/requests/${made[1].id}/transition`, { to: "approved", comment: "Within the budget." });
  await call("POST", `/api/requests/${made[2].id}/transition`, { to: "in_progress" });
  await call("POST", `/api/requests/${made[3].id}/transition`, { to: "rejected", comment: "There are 4 kg left." });
  await call("POST", `/api/requests/${made[0].id}/comments`, { body: "The extinguisher is next to the door.\nI am on my way." });
}

/**
 * @param {import("./server.js").Server} server
 * @param {string} token
 */
export async function seed(server, token) {
  const instance = server.caller(token);
  const acme = server.caller(token, "acme");
  for (const [email, name] of [["grace@example.org", "Grace Hopper"], ["linus@example.org", "Linus"]]) {
    await instance("POST", "/api/accounts", { email, name });
  }
  await instance("POST", "/api/tenants", { slug: "globex", name: "Globex" });
  for (const slug of ["hooli", "initrode", "soylent", "tyrell", "umbrella", "wonka"]) await instance("POST", "/api/tenants", { slug, name: slug });
  await acme("POST", "/api/members", { email: "grace@example.org", role: "developer" });
  await acme("POST", "/api/roles", { name: "agent", summary: "Works on requests", permissions: ["requests:*", "users:read"] });
  await acme("POST", "/api/users", { email: "kim@acme.example", name: "Kim", role: "agent", password: "a very long word" });
  await acme("POST", "/api/users", { email: "lee@acme.example", name: "Lee" });
  await acme("POST", "/api/keys", { name: "backup", permissions: ["requests:read"], resources: ["requests/*"], expiresAt: new Date(Date.now() + 90 * 86_400_000).toISOString() });
  await acme("POST", "/api/issuers", { issuer: "https://login.example.org/realms/acme", audience: ["desk"], role: "user", roleClaim: "realm_access.roles", roles: { "desk-agents": "agent" } });
  await jobs(acme);
  await schedules(acme);
  await requests(acme);
}
