import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import type { Pulumi } from "../../../cli/pulumi";
import type { StackSecret } from "../../../cli/secrets/inventory";
import { rotate } from "../../../cli/secrets/rotate";

const [old, fresh] = ["old-5d1f", "fresh-8c2e"];

describe("a rotation, with a service that is a file", () => {
  const { PATH } = process.env;
  let folder: string;
  let service: string;
  let lines: string[];
  let runs: string[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "nixmox-rotate-"));
    service = join(folder, "service");
    writeFileSync(service, old);
    [lines, runs] = [[], []];
    fakeSsh('exec bash -c "${!#}"');
    process.env.PATH = `${folder}:${PATH}`;
  });

  afterEach(() => {
    process.env.PATH = PATH;
    rmSync(folder, { recursive: true });
  });

  const fakeSsh = (text: string) => {
    writeFileSync(join(folder, "ssh"), `#!/bin/bash\n${text}\n`);
    chmodSync(join(folder, "ssh"), 0o755);
  };

  /** Deploys another value, which the service gets or does not, and asks it with a command. */
  const run = ({
    gets = fresh,
    exports = fresh,
    status = 0,
    verify = honest(),
    isAsked = true,
    others = [] as Partial<StackSecret>[],
  } = {}) => {
    let value = old;
    const secret: StackSecret = {
      id: "notes/key",
      service: "notes",
      name: "key",
      origin: "generated",
      host: { address: "10.0.0.1", hostKey: "ssh-ed25519 AAAA" },
      path: "/var/lib/nixmox/secrets/key",
      applied: "restart",
      restart: [],
      generator: "urn:key",
      verify: isAsked ? verify : undefined,
    };
    const pulumi = {
      read: () =>
        Promise.resolve(
          JSON.stringify({ secrets: { notes: { key: value }, wiki: { key: value } } }),
        ),
      run: (args: readonly string[]) => {
        runs.push(args.join(" "));
        value = exports;
        writeFileSync(service, gets);
        return Promise.resolve(status);
      },
    } as unknown as Pulumi;
    const shared = others.map((other) => ({
      ...secret,
      ...{ id: "wiki/key", service: "wiki", origin: "shared" as const, from: "notes/key" },
      ...other,
    }));
    const secrets = [secret, ...shared];
    const stack = { name: "dev", pulumi, secrets, privateKeyFile: "key", option: "" };
    return rotate(stack, "notes/key", (line) => lines.push(line));
  };
  const honest = () => `test "$(cat)" = "$(cat ${service})"`;

  it("replaces the value and says what was proven", async () => {
    await run();
    assert.deepEqual(lines, ["notes/key: notes accepts the new value and refuses the old one."]);
    assert.equal(runs.length, 1);
    assert.match(runs[0]!, /^up --stack dev .*--replace urn:key$/);
  });

  it("asks every service that has the value, and says which could not be asked", async () => {
    await run({ others: [{}] });
    assert.match(lines[1]!, /^wiki\/key: wiki accepts the new value and refuses the old one/);
    lines = [];
    writeFileSync(service, old);
    await run({ others: [{ verify: undefined }] });
    assert.match(lines[1]!, /^wiki\/key: wiki has the new value, and nothing says how to ask it/);
    lines = [];
    writeFileSync(service, old);
    await run({ isAsked: false, others: [{ verify: honest() }] });
    assert.match(
      lines.join("\n"),
      /^notes\/key: notes has the new value.*\nwiki\/key: wiki accepts/,
    );
    writeFileSync(service, old);
    await assert.rejects(run({ others: [{ verify: "false" }] }), /rotate wiki\/key: wiki does not/);
  });

  it("fails if the service keeps the old value", async () => {
    await assert.rejects(run({ gets: old }), /notes does not accept the new value/);
  });

  it("fails if the service accepts anything, or the value is the same", async () => {
    await assert.rejects(run({ verify: "cat" }), /notes still accepts the old value/);
    writeFileSync(service, old);
    await assert.rejects(run({ exports: old, gets: old }), /its value is still the same/);
  });

  it("changes nothing if the service cannot be asked, or refuses its current value", async () => {
    await assert.rejects(run({ verify: "false" }), /nothing was changed/);
    await assert.rejects(run({ verify: "no-such-program" }), /Unable to ask notes .*not found/);
    await assert.rejects(run({ verify: "cat >&2; exit 127" }), (error: Error) => {
      assert.match(error.message, /Unable to ask notes/);
      return !error.message.includes(old);
    });
    fakeSsh("echo 'Host key verification failed.' >&2; exit 255");
    await assert.rejects(run(), /Unable to ask notes .*: Host key verification failed\. Correct/);
    assert.deepEqual(runs, []);
  });

  it("fails if the deployment does", async () => {
    await assert.rejects(run({ status: 1 }), /pulumi up failed \(above\)/);
    assert.deepEqual(lines, []);
  });
});
