// A server with very many rows behind its pages; what was made once is kept in target/.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ADA, PASSWORD } from "../people.js";
import { seed } from "../seed.js";
import { Server } from "../server.js";

const fill = fileURLToPath(new URL("fill.py", import.meta.url));

/** Puts very many rows into the data of a server that does not run. @param {string} dir @param {number} rows */
export const fillUp = (dir, rows) => execFileSync("python3", [fill, `${dir}/data/steading.db`, String(rows)], { stdio: "inherit" });

/** Makes the owner and the first tenant, and some of everything. @param {Server} server */
async function furnish(server) {
  const code = new URLSearchParams(new URL(server.setup).hash.slice(1)).get("code");
  const body = { code, email: ADA, name: "Ada Lovelace", password: PASSWORD, tenant: { slug: "acme", name: "Acme" } };
  const reply = await fetch(`${server.url}/api/setup`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  if (!reply.ok) throw new Error(`The owner was not made: ${await reply.text()}`);
  const token = server.run("token", "create", "--account", ADA);
  await seed(server, token);
  await server.caller(token, "acme")("POST", "/api/subscriptions", { name: "pings", pattern: "ping.*", target: { job: "system.ping" } });
}

/** @param {number} rows */
export async function serverWith(rows) {
  const dir = fileURLToPath(new URL(`../../../target/figures/${rows}`, import.meta.url));
  if (!existsSync(dir)) {
    const making = `${dir}.making`;
    rmSync(making, { recursive: true, force: true });
    mkdirSync(making, { recursive: true });
    const server = await Server.start({}, making);
    await furnish(server);
    await server.stop();
    fillUp(making, rows);
    renameSync(making, dir);
  }
  return Server.start({ STEADING__LIMITS__RATES: "false" }, dir);
}
