import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { buildTemplate } from "../../lab/lab";
import { evaluateHost, upload } from "../nix/nix";
import { samples } from "../nix/samples";
import { promtoolTests, tested } from "./alertRules";

interface Rules {
  readonly groups: readonly { readonly rules: readonly { alert: string; expr: string }[] }[];
}

/** The shipped rules, judged by Prometheus's own tool. */
describe("the alert rules", function () {
  this.timeout("5m");
  const home = mkdtempSync(join(tmpdir(), "nixmox-rules-"));
  const file = join(home, "rules.yml");
  let rules: Rules;
  let promtool: string;

  before(async () => {
    const { base } = await buildTemplate(() => undefined);
    promtool = join(base, "rootfs/usr/bin/promtool");
    const text = "(lib.head services.prometheus.ruleFiles).text";
    const host = upload("monitoring", samples.monitoring);
    rules = JSON.parse(evaluateHost<string>(host, "monitoring", text)) as Rules;
  });
  after(() => rmSync(home, { recursive: true }));

  const run = (content: Rules) => {
    writeFileSync(file, JSON.stringify(content));
    writeFileSync(join(home, "tests.yml"), promtoolTests(file));
    const { status, stdout, stderr } = spawnSync(
      promtool,
      ["test", "rules", join(home, "tests.yml")],
      { encoding: "utf8" },
    );
    return { status, output: stdout + stderr };
  };
  const names = () => rules.groups.flatMap((group) => group.rules.map(({ alert }) => alert));

  it("fire for what is wrong, and for nothing else", () => {
    const { status, output } = run(rules);
    assert.equal(status, 0, output);
    assert.deepEqual(tested, names().sort());
  });

  it("would be found out, each one, if it never fired", () => {
    for (const name of names()) {
      const groups = rules.groups.map((group) => ({
        ...group,
        rules: group.rules.map((rule) =>
          rule.alert === name ? { ...rule, expr: "vector(1) > 2" } : rule,
        ),
      }));
      const { status, output } = run({ groups });
      assert.notEqual(status, 0, name);
      assert.match(output, new RegExp(`FAILED:\\s+expr: .*"${name}\\\\"`));
    }
  });
});
