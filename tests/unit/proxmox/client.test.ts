import assert from "node:assert/strict";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { after, afterEach, before, describe, it } from "mocha";
import { z } from "zod";
import { type ProxmoxAccess, ProxmoxClient } from "../../../components/proxmox/client";
import { FakeProxmox, TOKEN } from "./fakeProxmox";

describe("the client of Proxmox VE", () => {
  let fake: FakeProxmox;

  before(async () => {
    fake = await FakeProxmox.start();
  });
  afterEach(() => {
    fake.answers = {};
    fake.silent = [];
  });
  after(() => fake.stop());

  /** What it reports for a request that fails. */
  const failure = async (access: ProxmoxAccess = fake.access, timeout?: number) => {
    const client = new ProxmoxClient(access, timeout);
    try {
      await client.get("nodes", z.array(z.object({ node: z.string() })));
    } catch (error) {
      const { message, stack } = error as Error;
      assert.doesNotMatch(`${message}${stack}`, new RegExp(TOKEN.split("=")[1]!));
      return message;
    } finally {
      await client.close();
    }
    return assert.fail("it was answered");
  };

  it("reads what is asked for", async () => {
    const client = new ProxmoxClient(fake.access);
    const nodes = await client.get("nodes", z.array(z.object({ node: z.string() })));
    await client.close();
    assert.deepEqual(nodes, [{ node: "pve1" }, { node: "pve2" }]);
  });

  it("says that the token is refused, without the token", async () => {
    const message = await failure({ ...fake.access, token: `${TOKEN.slice(0, -1)}0` });
    assert.match(message, /^Unable to use Proxmox VE at https:\/\/127.*: it refuses the API token/);
    assert.match(message, /\(401\)\. Give it a valid one with `pulumi config set --secret/);
  });

  it("does not send the token to a server whose certificate it does not trust", async () => {
    const before = fake.asked.length;
    const message = await failure({ ...fake.access, insecure: false });
    assert.match(message, /certificate is refused: self-signed certificate\. Copy .*nixmox:caFile/);
    assert.equal(fake.asked.length, before);
  });

  it("trusts the certificate that it is given, for the name that it is for", async () => {
    const access = { ...fake.access, insecure: false, ca: fake.certificate };
    const client = new ProxmoxClient(access);
    await client.get("nodes", z.unknown()).finally(() => client.close());
    const endpoint = access.endpoint.replace("127.0.0.1", "localhost");
    const before = fake.asked.length;
    assert.match(await failure({ ...access, endpoint }), /certificate is refused: .*altnames/);
    assert.equal(fake.asked.length, before);
  });

  it("says that nothing listens there", async () => {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const { port } = server.address() as AddressInfo;
    await new Promise((done) => server.close(done));
    const message = await failure({ ...fake.access, endpoint: `https://127.0.0.1:${port}/` });
    assert.match(message, /ECONNREFUSED.*\. Check that it runs, and that nixmox:endpoint is its/);
  });

  it("gives up on a server that does not answer", async () => {
    fake.silent = ["nodes"];
    assert.match(await failure(fake.access, 1500), /: no answer in 1\.5 s\. Check that it runs/);
  });

  it("says what Proxmox VE says", async () => {
    fake.answers.nodes = [500, "got no worker upid", "{}"];
    assert.match(await failure(), /: it answers 500 got no worker upid to nodes\. Check/);
  });

  it("notices that something else answers", async () => {
    for (const body of ["<html>", "null", "{}", '{"data":{"node":"pve1"}}', '{"data":[{}]}']) {
      fake.answers.nodes = [200, "OK", body];
      assert.match(
        await failure(),
        /something else answers there: nodes does not look like Proxmox VE's/,
        body,
      );
    }
  });
});
