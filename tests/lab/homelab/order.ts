import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, describe, it } from "mocha";
import { stepsOf } from "../../../manifest/graph/steps";
import { loadManifest } from "../../../manifest/load";
import { leavesOf } from "../../unit/steps";

interface EngineEvent {
  readonly sequence: number;
  readonly resourcePreEvent?: { metadata: { urn: string; op: string } };
  readonly resOutputsEvent?: { metadata: { urn: string; op: string } };
}

/** When the engine began and ended each resource, as numbers of its events. */
interface Span {
  begin: number;
  end: number;
}

export function describeOrder(eventLog: () => string): void {
  describe("order", () => {
    const spans = new Map<string, Span>();

    before(() => {
      for (const line of readFileSync(eventLog(), "utf8").split("\n").filter(Boolean)) {
        const { sequence, resourcePreEvent, resOutputsEvent } = JSON.parse(line) as EngineEvent;
        const urn = (resourcePreEvent ?? resOutputsEvent)?.metadata.urn;
        if (urn === undefined) continue;
        const name = urn.split("::").at(-1)!;
        const span = spans.get(name) ?? { begin: Infinity, end: -Infinity };
        if (resourcePreEvent) span.begin = Math.min(span.begin, sequence);
        else span.end = Math.max(span.end, sequence);
        spans.set(name, span);
      }
    });

    const steps = stepsOf(loadManifest("manifest/nixmox.toml").manifest);
    const leaves = (id: string) => {
      const found = leavesOf(
        steps.find((step) => step.id === id)!,
        [...spans.keys()],
      );
      assert.ok(found.length > 0, `the log has nothing of ${id}`);
      return found.map((name) => spans.get(name)!);
    };

    for (const { id, needs } of steps.filter((step) => step.needs.length > 0)) {
      it(`${id} after ${needs.join(", ")}`, () => {
        for (const need of needs) {
          for (const first of leaves(need)) {
            for (const then of leaves(id)) assert.ok(first.end < then.begin, need);
          }
        }
      });
    }

    it("starts every container before the first one is done", () => {
      const containers = [...spans].filter(([name]) => name.endsWith("-container"));
      assert.equal(containers.length, 6);
      const lastBegin = Math.max(...containers.map(([, { begin }]) => begin));
      const firstEnd = Math.min(...containers.map(([, { end }]) => end));
      assert.ok(lastBegin < firstEnd);
    });
  });
}
