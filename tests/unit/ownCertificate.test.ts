import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { stepsOf } from "../../manifest/graph/steps";
import { sliceOf } from "../../manifest/slice";
import { base, load } from "./fixtures";

const { manifest } = load(`${base}
[services.broker]
ip = "192.168.99.20"
ports = [8883]
interface.certificate = true
[services.notes]
ip = "192.168.99.21"
`);
const find = (name: string) => manifest.services.find((each) => each.name === name)!;

describe("a service that serves TLS without the proxy", () => {
  it("gets a certificate where the manifest says so, and no other service does", () => {
    const { certFile, keyFile } = sliceOf(manifest, find("broker")).certificate!;
    assert.deepEqual(
      [certFile, keyFile],
      ["/var/lib/nixmox/secrets/server.crt", "/var/lib/nixmox/secrets/server.key"],
    );
    assert.equal(sliceOf(manifest, find("notes")).certificate, null);
  });

  it("has it before it starts", () => {
    const steps = stepsOf(manifest);
    assert.ok(steps.some(({ id }) => id === "broker.secrets"));
    assert.ok(!steps.some(({ id }) => id === "notes.secrets"));
    const start = steps.find(({ id }) => id === "broker.switch")!;
    assert.ok(start.needs.includes("broker.secrets"));
  });
});
