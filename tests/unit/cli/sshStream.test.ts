import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { SshStream } from "../../../cli/secrets/sshStream";

describe("a connection through SSH", () => {
  const { PATH } = process.env;
  let folder: string;

  /** Puts a program in front of the machine's own `ssh`. */
  const fake = (text: string) => {
    const program = join(folder, "ssh");
    writeFileSync(program, `#!/bin/bash\n${text}\n`);
    chmodSync(program, 0o755);
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "nixmox-ssh-"));
    process.env.PATH = `${folder}:${PATH}`;
  });

  afterEach(() => {
    process.env.PATH = PATH;
    rmSync(folder, { recursive: true });
  });

  it("carries what is written and what comes back", async () => {
    fake("tr a-z A-Z");
    const stream = new SshStream(["-W", "10.0.0.1:5432"]);
    stream.end("hello");
    let text = "";
    for await (const part of stream) text += String(part);
    assert.equal(text, "HELLO");
  });

  it("ends with what SSH complained about", async () => {
    fake("echo 'no route to host' >&2; exit 255");
    const stream = new SshStream(["-W", "10.0.0.1:5432"]);
    const [error] = (await once(stream, "error")) as [Error];
    assert.equal(error.message, "no route to host");
  });

  it("ends SSH when it is closed", async () => {
    fake("exec sleep 60");
    const stream = new SshStream(["-W", "10.0.0.1:5432"]);
    stream.destroy();
    await once(stream, "close");
  });
});
