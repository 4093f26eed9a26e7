import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { before, describe, it } from "mocha";
import { environment, evaluateHost, refusal, system, upload } from "../nix";
import { change, slice, type Overrides } from "../samples";

const secret = (name: string) => ({
  [name]: { path: `/srv/nixmox/secrets/${name}`, owner: "root", mode: "0400", env: null },
});

const sample = slice("mail", {
  service: { ports: [25, 465, 587, 993], unit: "postfix.service" },
  certificate: { certFile: "/srv/keys/server.crt", keyFile: "/srv/keys/server.key" },
  secrets: { ...secret("mailbox-anna"), ...secret("mailbox-bob") },
});

/** A host of mail that differs from the sample in its slice, and has a file of its own. */
const host = (overrides: Overrides = {}, file = "{ }") =>
  upload("mail", change(sample, overrides), { "nixos/hosts/mail.nix": file });
const of = <T>(expression: string, overrides?: Overrides, file?: string) =>
  evaluateHost<T>(host(overrides, file), "mail", expression);

describe("the mail module", () => {
  it("can be built", () => assert.match(of<string>(system), /\.drv$/));
});
