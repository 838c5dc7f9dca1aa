// Somebody else's server on this machine, whom webhooks tell things: it answers as it is told to.

import { createServer } from "node:http";

export class Receiver {
  static async start() {
    const receiver = new Receiver();
    await new Promise((done) => receiver.server.listen(0, "127.0.0.1", () => done(undefined)));
    const address = receiver.server.address();
    receiver.port = typeof address === "object" && address ? address.port : 0;
    return receiver;
  }

  constructor() {
    this.port = 0;
    this.answer = { status: 200, body: "thanks" };
    /** @type {{ headers: import("node:http").IncomingHttpHeaders, body: any }[]} */
    this.calls = [];
    this.server = createServer((request, reply) => {
      /** @type {Buffer[]} */
      const pieces = [];
      request.on("data", (piece) => pieces.push(piece));
      request.on("end", () => {
        this.calls.push({ headers: request.headers, body: JSON.parse(Buffer.concat(pieces).toString() || "null") });
        reply.writeHead(this.answer.status, { "content-type": "text/plain" }).end(this.answer.body);
      });
    });
  }

  get host() {
    return `127.0.0.1:${this.port}`;
  }

  /** What came of a type. @param {string} type */
  of(type) {
    return this.calls.filter(({ body }) => body?.type === type);
  }

  stop() {
    this.server.closeAllConnections();
    return new Promise((done) => this.server.close(done));
  }
}
