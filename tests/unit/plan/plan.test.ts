import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { exitCodeOf } from "../../../cli/plan";
import { type Plan, planOf } from "../../../cli/plan/plan";
import type { Preview } from "../../../cli/plan/preview";
import { renderMarkdown, renderTable } from "../../../cli/plan/render";
import { assertPlan } from "./assertPlan";
import { recorded, type Recording } from "./recording";
import { scenarios } from "./scenarios";

const read = (name: string): Recording =>
  JSON.parse(readFileSync(join(recorded, `${name}.json`), "utf8")) as Recording;
const planFor = (name: string, change: (preview: Preview) => Preview = (same) => same): Plan => {
  const { preview, known } = read(name);
  return planOf("dev", change(preview), known);
};

describe("the plan", () => {
  for (const [name, scenario] of Object.entries(scenarios)) {
    it(`says what it means for people: ${name.replaceAll("-", " ")}`, () => {
      const plan = planFor(name);
      assertPlan(plan, scenario);
      assert.equal(exitCodeOf(plan), name === "nothing-changes" ? 0 : 2);
    });
  }

  it("names every service, also those that stay as they are", () => {
    const lines = renderTable(planFor("a-service-more")).split("\n");
    assert.match(lines[0]!, /^service +what happens +why$/);
    assert.match(
      lines.find((line) => line.startsWith("miniflux"))!,
      /^miniflux +nothing +-$/,
    );
    assert.match(lines.at(-1)!, /^5 of 7 services change; the other 2 stay as they are\.$/);
  });

  it("is coloured for a terminal alone", () => {
    const plan = planFor("another-node");
    assert.doesNotMatch(renderTable(plan), /\u001b/);
    assert.match(
      renderTable(plan, { color: true }),
      /\u001b\[31mminiflux +data at risk.*\u001b\[0m/,
    );
  });

  it("keeps what a container without data loses apart from what one with data does", () => {
    const loses = (stateful: boolean) =>
      planFor("a-service-less", (preview) => ({
        ...preview,
        // Its database is at risk in any case.
        steps: preview
          .steps!.filter(({ urn }) => !urn.endsWith("::miniflux-database-role"))
          .map((step) =>
            step.urn.endsWith("Service::miniflux")
              ? { ...step, oldState: { ...step.oldState!, outputs: { stateful } } }
              : step,
          ),
      })).services.find(({ name }) => name === "miniflux")!.effect;
    assert.equal(loses(true), "data at risk");
    assert.equal(loses(false), "remove");
  });

  it("counts what it does not know, and does not call it harmless", () => {
    const urn = "urn:pulumi:dev::nixmox::nixmox:index:Service$other:index:Thing::miniflux-thing";
    const parent = "urn:pulumi:dev::nixmox::nixmox:index:Service::miniflux";
    const thing = { op: "create", urn, newState: { urn, type: "other:index:Thing", parent } };
    const plan = planFor("nothing-changes", (preview) => ({
      ...preview,
      steps: [...preview.steps!, thing],
    }));
    const [found] = plan.services.filter(({ effect }) => effect !== "nothing");
    assert.deepEqual(
      [found!.name, found!.effect, found!.why, found!.resources.create],
      ["miniflux", "changes", ["a resource of type other:index:Thing"], 1],
    );
  });

  it("shows no secret, whatever its inputs are", () => {
    const plan = planFor("a-chosen-secret");
    assert.doesNotMatch(JSON.stringify(plan) + renderTable(plan), /\[secret\]|canary/);
  });

  it("is refused with the engine's own words, and with exit code 1", () => {
    const message = "error: the container is protected";
    const plan = planFor("another-node", (preview) => ({
      ...preview,
      diagnostics: [{ message, severity: "error" }],
    }));
    assert.deepEqual(plan.errors, ["the container is protected"]);
    assert.equal(exitCodeOf(plan), 1);
    assert.match(renderTable(plan), /The update would be refused\.$/);
  });

  it("stays a refusal if the engine says nothing but that", () => {
    const diagnostics = [{ message: "error: preview failed\n", severity: "error" }];
    const alone = planFor("nothing-changes", (preview) => ({ ...preview, diagnostics }));
    assert.deepEqual([alone.errors, exitCodeOf(alone)], [["preview failed"], 1]);
    const why = { message: "error: no such node", severity: "error" };
    const both = planFor("nothing-changes", (preview) => ({
      ...preview,
      diagnostics: [...diagnostics, why],
    }));
    assert.deepEqual(both.errors, ["no such node"]);
  });

  it("is Markdown in which a name is nothing but text", () => {
    const [service] = planFor("another-node").services;
    const name = "x|<img src=y>[z](http://e) @team #1";
    const plan: Plan = {
      ...planFor("another-node"),
      services: [{ ...service!, name, effect: "restart", why: ["`a` ```b```"] }],
      errors: ["```\n## no"],
    };
    const text = renderMarkdown(plan);
    const row = text.split("\n").find((line) => line.includes("img"))!;
    assert.doesNotMatch(row.replace(/<\/?code>/g, ""), /[<>`[\]@]|\|.*\|.*\|.*\|.*\|/);
    assert.equal(text.match(/```/g)?.length, 2);
  });
});
