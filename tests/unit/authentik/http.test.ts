import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "mocha";
import { createFetch } from "../../../providers/authentik/http";

describe("connections to Authentik", () => {
  it("are kept for what may be repeated, and new for a change", async () => {
    const server = createServer((_, response) => response.end("{}"));
    let connections = 0;
    server.on("connection", () => connections++);
    await once(server.listen(0, "127.0.0.1"), "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const send = createFetch(false, new AbortController().signal);
    for (const method of ["GET", "GET", "PUT"]) await send(url, { method });
    assert.equal(connections, 1);
    for (const method of ["POST", "PATCH", "PATCH"]) await send(url, { method, body: "{}" });
    assert.equal(connections, 4);
    server.closeAllConnections();
    server.close();
  });
});
