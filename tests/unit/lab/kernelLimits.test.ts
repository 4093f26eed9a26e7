import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { raiseKernelLimits, restoreKernelLimits } from "../../../lab/kernelLimits";

describe("the kernel's limits", () => {
  let folder = "";
  let said: string[] = [];
  const log = (line: string) => said.push(line);
  const places = () => ({ sysctl: join(folder, "sys"), run: join(folder, "run") });
  const file = (name: string) => join(folder, "sys", "fs", "inotify", name);
  const set = (name: string, value: number) => writeFileSync(file(name), `${value}\n`);
  const get = (name: string) => Number(readFileSync(file(name), "utf8"));
  const labFolder = (lab: string) => join(folder, "run", lab);

  const start = (lab: string) => {
    mkdirSync(labFolder(lab), { recursive: true });
    return raiseKernelLimits(log, places());
  };
  const stop = (lab: string) => {
    rmSync(labFolder(lab), { recursive: true });
    return restoreKernelLimits(log, places());
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "nixmox-limits-"));
    said = [];
    mkdirSync(join(folder, "sys", "fs", "inotify"), { recursive: true });
    mkdirSync(join(folder, "sys", "kernel", "keys"), { recursive: true });
    writeFileSync(join(folder, "sys", "kernel", "keys", "maxkeys"), "3000\n");
    set("max_user_instances", 128);
    set("max_user_watches", 8192);
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it("are raised while a lab runs and restored after it, and both are reported", async () => {
    await start("a");
    assert.deepEqual([get("max_user_instances"), get("max_user_watches")], [65536, 4194304]);
    await stop("a");
    assert.deepEqual([get("max_user_instances"), get("max_user_watches")], [128, 8192]);
    assert.deepEqual(said, [
      "Raised fs.inotify.max_user_instances from 128 to 65536 while a lab runs.",
      "Raised fs.inotify.max_user_watches from 8192 to 4194304 while a lab runs.",
      "Restored fs.inotify.max_user_instances to 128.",
      "Restored fs.inotify.max_user_watches to 8192.",
    ]);
    assert.equal(existsSync(join(folder, "run", "limits.json")), false);
  });

  it("are restored by the last of several labs", async () => {
    await Promise.all([start("a"), start("b")]);
    await start("a");
    await stop("a");
    assert.equal(get("max_user_instances"), 65536);
    await stop("b");
    assert.equal(get("max_user_instances"), 128);
  });

  it("are left alone if they are high enough", async () => {
    set("max_user_instances", 100_000);
    set("max_user_watches", 5_000_000);
    await start("a");
    await stop("a");
    assert.deepEqual([get("max_user_instances"), get("max_user_watches")], [100_000, 5_000_000]);
    assert.deepEqual(said, []);
  });

  it("are not lowered if someone else has raised them since", async () => {
    await start("a");
    set("max_user_instances", 1_000_000);
    await stop("a");
    assert.deepEqual([get("max_user_instances"), get("max_user_watches")], [1_000_000, 8192]);
  });

  it("are raised again if someone else lowered them, and return to that value", async () => {
    await start("a");
    set("max_user_instances", 512);
    await start("a");
    assert.equal(get("max_user_instances"), 65536);
    await stop("a");
    assert.equal(get("max_user_instances"), 512);
  });

  it("are not guessed from a record that cannot be read", async () => {
    await start("a");
    writeFileSync(join(folder, "run", "limits.json"), "{");
    await stop("a");
    assert.equal(get("max_user_instances"), 65536);
    assert.equal(existsSync(join(folder, "run", "limits.json")), false);
  });

  it("that cannot be raised are named, with what to do, and stop nothing", async () => {
    // A setting of the kernel that not even root may write.
    rmSync(file("max_user_instances"));
    symlinkSync("/proc/sys/kernel/cap_last_cap", file("max_user_instances"));
    await start("a");
    assert.equal(get("max_user_watches"), 4194304);
    assert.match(
      said[0] ?? "",
      /^Unable to raise fs\.inotify\.max_user_instances from \d+: EACCES.* Set it to 65536 on the /,
    );
  });
});
