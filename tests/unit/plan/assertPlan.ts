import assert from "node:assert/strict";
import type { Plan } from "../../../cli/plan/plan";
import type { Scenario } from "./scenarios";

/** A plan says what a scenario says that people must be told. */
export function assertPlan(plan: Plan, { effects, why = {} }: Scenario): void {
  assert.deepEqual(plan.errors, []);
  const noticed = plan.services.filter(({ effect }) => effect !== "nothing");
  assert.deepEqual(
    Object.fromEntries(noticed.map(({ name, effect }) => [name, effect])),
    effects,
    JSON.stringify(plan, null, 2),
  );
  for (const [name, reasons] of Object.entries(why)) {
    const found = plan.services.find((service) => service.name === name)?.why ?? [];
    for (const reason of reasons) assert.ok(found.includes(reason), `${name}: ${found.join("; ")}`);
  }
}
