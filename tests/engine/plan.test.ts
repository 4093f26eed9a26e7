import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "mocha";
import { planOf } from "../../cli/plan/plan";
import type { Preview } from "../../cli/plan/preview";
import { servicesOf } from "../../cli/stackNeeds";
import { recorded, recordingOf } from "../unit/plan/recording";
import { type Scenario, scenarios } from "../unit/plan/scenarios";
import { assertPlan } from "../unit/plan/assertPlan";
import { PretendHomelab } from "./pretendHomelab";

const manifest = "manifest/nixmox.toml";
const chosen = "chosen-canary-91c7d2e4";

/** Scenarios that are asked about here at every run; the others were once, see `recorded`. */
const live = [
  "nothing-changes",
  "a-service-more",
  "another-node",
  "a-chosen-secret",
  "another-network",
  "nothing-shared",
];
const record = process.env.UPDATE_PLANS === "1";

/** The engine's own comparison of two homelabs; `UPDATE_PLANS=1` records it for the unit tests. */
describe("the plan of a change, by the real engine", function () {
  this.timeout("10m");
  let homelab: PretendHomelab;

  before(async () => {
    homelab = await PretendHomelab.deploy();
  });
  afterEach(() => homelab.project.restore(manifest));
  after(() => homelab.remove());

  const preview = async () => {
    const args = ["preview", "--stack", "dev", "--json", "--show-sames"];
    const { printed } = await homelab.project.pulumi(...args);
    return { printed, preview: JSON.parse(printed) as Preview };
  };
  const choose = (...args: string[]) =>
    homelab.project.pulumi("config", ...args, "--stack", "dev", "--path");

  const describeScenarios = (after?: string) => {
    for (const [name, scenario] of Object.entries(scenarios)) {
      if (scenario.after !== after || (!record && !live.includes(name))) continue;
      it(name.replaceAll("-", " "), () => compare(name, scenario));
    }
  };

  /** Asks the engine about a scenario. */
  async function compare(name: string, scenario: Scenario): Promise<void> {
    const { project } = homelab;
    if (scenario.after) project.edit(manifest, scenarios[scenario.after]!.manifest!);
    if (scenario.manifest) project.edit(manifest, scenario.manifest);
    const key = "nixmox:secrets.miniflux.admin-password";
    if (scenario.settings) await choose("set", "--secret", key, chosen);
    const known = servicesOf(project.folder, "dev");
    const { printed, preview: made } = await preview();
    if (scenario.settings) await choose("rm", key);
    if (record) {
      mkdirSync(recorded, { recursive: true });
      const text = JSON.stringify(recordingOf(made, known));
      writeFileSync(join(recorded, `${name}.json`), `${text}\n`);
    }
    const plan = planOf("dev", made, known);
    assertPlan(plan, scenario);
    assert.ok(!printed.includes(chosen) && !JSON.stringify(plan).includes(chosen));
  }

  describeScenarios();

  it("a protected container that would be replaced", async () => {
    const { project } = homelab;
    project.set("protect", "true");
    await homelab.up();
    project.edit(manifest, scenarios["another-node"]!.manifest!);
    const plan = planOf("dev", (await preview()).preview, servicesOf(project.folder, "dev"));
    const miniflux = plan.services.find(({ name }) => name === "miniflux");
    assert.equal(miniflux?.effect, "data at risk", JSON.stringify(plan, null, 2));
    assert.match(miniflux.why.join(), /refused, since it is protected/);
    assert.match(plan.errors.join(), /miniflux-container/);
  });

  describe("after another deployment", () => {
    const grown = "what-services-share";

    before(async () => {
      const { project } = homelab;
      project.set("protect", "false");
      project.edit(manifest, scenarios[grown]!.manifest!);
      await homelab.up();
      project.restore(manifest);
    });

    describeScenarios(grown);
  });
});
