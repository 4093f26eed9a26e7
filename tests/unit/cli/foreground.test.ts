import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, describe, it } from "mocha";

const project = resolve(__dirname, "../../..");

/** Takes a second to end after an interrupt, as Pulumi does that finishes what it has begun. */
const command = `
trap 'echo interrupt >>interrupts' INT
echo $$ >pid
until [ -e interrupts ]; do sleep 0.1; done
sleep 1; echo done >done; exit 7
`;

/** Is often too busy to answer a signal at once, as on a machine with a lot to do. */
const program = `
import { runInForeground } from ${JSON.stringify(join(project, "cli/foreground"))};
setInterval(() => { const end = Date.now() + 300; while (Date.now() < end); }, 10);
void runInForeground("bash", ["command.sh"], {}).then((code) => process.exit(code));
`;

describe("npm run up", function () {
  this.timeout("60s");
  const folder = mkdtempSync(join(tmpdir(), "nixmox-foreground-"));
  const at = (name: string) => join(folder, name);

  before(() => {
    const { scripts } = JSON.parse(readFileSync(join(project, "package.json"), "utf8")) as {
      scripts: { up: string };
    };
    const up = scripts.up.replace("bash cli/setup.sh lab", "true").replace("lab/up.ts", "up.ts");
    assert.match(up, /^true && /);
    writeFileSync(at("package.json"), JSON.stringify({ scripts: { up } }));
    symlinkSync(join(project, "node_modules"), at("node_modules"));
    writeFileSync(at("command.sh"), command);
    writeFileSync(at("up.ts"), program);
  });

  after(() => rmSync(folder, { recursive: true }));

  for (const [what, signal, whole] of [
    ["Ctrl-C", "SIGINT", true],
    ["an order to end", "SIGTERM", false],
  ] as const) {
    it(`lets what it runs finish at ${what}, and waits for it`, async () => {
      for (const name of ["pid", "interrupts", "done"]) rmSync(at(name), { force: true });
      const npm = spawn("npm", ["run", "up"], { cwd: folder, detached: true, stdio: "ignore" });
      const ended = once(npm, "close");
      while (!existsSync(at("pid"))) await new Promise((wait) => setTimeout(wait, 50));
      // The terminal sends Ctrl-C to every process of the foreground.
      process.kill(whole ? -npm.pid! : npm.pid!, signal);
      await ended;
      assert.equal(readFileSync(at("interrupts"), "utf8"), "interrupt\n");
      assert.ok(existsSync(at("done")));
    });
  }
});
