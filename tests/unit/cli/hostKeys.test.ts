import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { hostKeyLookup } from "../../../cli/deployedServices";

const key = (letter: string) => `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${letter.repeat(43)}`;

const pin = (create: string, stdout: string, more: object = {}) => ({
  type: "command:local:Command",
  inputs: { create },
  outputs: { stdout },
  ...more,
});

const lookUp = (...resources: object[]) => hostKeyLookup({ deployment: { resources } as never });

describe("a pinned host key", () => {
  it("is found by the address that its command names", () => {
    const find = lookUp(
      { type: "pulumi:pulumi:Stack" },
      pin("bash components/pin-host-key.sh 192.168.99.1 .nixmox/ssh/key 300", key("a")),
      pin("set -- '192.168.99.15' '/root/my key' '300'\nset -eu", key("b")),
    );
    assert.equal(find("192.168.99.1"), key("a"));
    assert.equal(find("192.168.99.15"), key("b"));
  });

  it("is not found by part of an address", () => {
    assert.equal(lookUp(pin("pin 192.168.99.15 key", key("a")))("192.168.99.1"), undefined);
  });

  it("is not what another command printed", () => {
    const find = lookUp(
      pin("echo 10.0.0.1", "hello"),
      pin("pin 10.0.0.1", `# 10.0.0.1:22 SSH-2.0-OpenSSH_10.0\n${key("a")}`),
      pin("pin 10.0.0.1", `ssh-rsa ${"A".repeat(40)}`),
      { ...pin("pin 10.0.0.1", key("b")), type: "command:remote:Command" },
    );
    assert.equal(find("10.0.0.1"), undefined);
  });

  it("is not that of a host whose deletion is pending", () => {
    const find = lookUp(
      pin("pin 10.0.0.1", key("a"), { delete: true }),
      pin("pin 10.0.0.1", key("b")),
    );
    assert.equal(find("10.0.0.1"), key("b"));
  });

  it("is none in a stack without resources", () => {
    assert.equal(hostKeyLookup({ deployment: {} })("10.0.0.1"), undefined);
  });
});
