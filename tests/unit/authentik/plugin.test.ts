import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, it } from "mocha";

const plugin = join(__dirname, "../../../providers/authentik/pulumi-resource-authentik");

describe("the Authentik plugin", function () {
  this.timeout("60s");

  it("ends with the engine, however that ends", async () => {
    // What starts it tells its process id and its port, and then goes on for ever.
    const script = '"$1" 127.0.0.1:1 & echo $!; wait';
    const engine = spawn("bash", ["-c", script, "engine", plugin]);
    let said = "";
    engine.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
    while (said.split("\n").length < 3) await once(engine.stdout, "data");
    const pid = Number(said.split("\n")[0]);
    const runs = () => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    };
    assert.equal(runs(), true);
    engine.kill("SIGKILL");
    for (let tries = 0; runs(); tries++) {
      assert.ok(tries < 100, "the plugin still runs");
      await sleep(100);
    }
  });
});
