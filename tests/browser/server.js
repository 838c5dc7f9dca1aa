// The real binary in an empty directory, and calls to its API.

import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const binary = process.env.STEADING ?? fileURLToPath(new URL("../../target/debug/steading", import.meta.url));

export class Server {
  /** @param {Record<string, string>} [options] what is set in its surroundings @param {string} [kept] a directory that stays */
  static async start(options = {}, kept = undefined) {
    const dir = kept ?? mkdtempSync(join(tmpdir(), "steading-"));
    const log = join(dir, "log");
    const server = new Server(dir, log);
    server.stays = kept !== undefined;
    server.process = spawn(binary, ["--json", "serve", "--listen", "127.0.0.1:0"], {
      cwd: dir, env: { ...process.env, ...options }, stdio: ["ignore", openSync(join(dir, "banner"), "w"), openSync(log, "w")],
    });
    for (let tries = 0; tries < 200; tries += 1) {
      const banner = readFileSync(join(dir, "banner"), "utf8");
      if (banner.trimEnd().endsWith("}")) {
        const { url, setup } = JSON.parse(banner);
        Object.assign(server, { url, setup });
        if (await fetch(`${url}/readyz`).then((reply) => reply.ok, () => false)) return server;
      }
      await new Promise((done) => setTimeout(done, 50));
    }
    throw new Error(`The server did not start:\n${readFileSync(log, "utf8")}`);
  }

  /** @param {string} dir @param {string} log */
  constructor(dir, log) {
    this.dir = dir;
    this.log = log;
    this.url = "";
    /** @type {any} */
    this.setup = null;
    this.stays = false;
    /** @type {import("node:child_process").ChildProcess | undefined} */
    this.process = undefined;
  }

  /** @param {string[]} words */
  run(...words) {
    return execFileSync(binary, words, { cwd: this.dir, encoding: "utf8" }).trim();
  }

  /** What the log says of errors. */
  errors() {
    return readFileSync(this.log, "utf8").split("\n").filter((line) => / ERROR |panicked/.test(line));
  }

  async stop() {
    const ended = new Promise((done) => this.process?.once("exit", done));
    this.process?.kill("SIGTERM");
    await ended;
    if (!this.stays) rmSync(this.dir, { recursive: true, force: true });
  }

  /** @param {string} token @param {string} [tenant] */
  caller(token, tenant) {
    const headers = { authorization: `Bearer ${token}`, ...(tenant ? { "x-tenant-id": tenant } : {}) };
    /** @param {string} method @param {string} path @param {any} [body] @returns {Promise<any>} */
    return async (method, path, body) => {
      const reply = await fetch(this.url + path, {
        method, headers: { ...headers, ...(body ? { "content-type": "application/json" } : {}) }, body: body && JSON.stringify(body),
      });
      const read = await reply.json();
      if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${JSON.stringify(read)}`);
      return read.data;
    };
  }
}

