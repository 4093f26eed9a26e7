import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { sliceOf } from "../../../manifest/slice";
import { base, load } from "../fixtures";

const elsewhere = base.replaceAll("192.168.99.", "192.168.40.");
const network = (lines: string) => elsewhere.replace("[network]\n", `[network]\n${lines}\n`);

describe("people whose computers are in other networks than the servers", () => {
  const clientsOf = (text: string) => load(text).manifest.network.dns_clients;

  it("may ask the resolver from any private network", () => {
    const networks = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"];
    assert.deepEqual(clientsOf(elsewhere), networks);
  });

  it("may be named instead, beside the homelab's own network", () => {
    const text = network('dns_clients = ["192.168.1.0/24", "10.8.0.0/24"]');
    const clients = ["192.168.1.0/24", "10.8.0.0/24", "192.168.40.0/24"];
    assert.deepEqual(clientsOf(text), clients);
    const { manifest, warnings } = load(text);
    const dns = manifest.services.find(({ name }) => name === "dns")!;
    assert.deepEqual(sliceOf(manifest, dns).resolver?.clients, clients);
    assert.deepEqual(warnings, []);
  });

  it("may be named when the homelab's network is inside theirs", () => {
    assert.deepEqual(clientsOf(network('dns_clients = ["192.168.0.0/16", "10.8.0.0/24"]')), [
      "192.168.0.0/16",
      "10.8.0.0/24",
    ]);
  });

  it("are told when that is the whole internet", () => {
    for (const all of ["0.0.0.0/0", "::/0"]) {
      const [warning] = load(network(`dns_clients = ["${all}"]`)).warnings;
      assert.match(warning ?? "", /the whole internet may ask the DNS service/);
    }
  });
});
