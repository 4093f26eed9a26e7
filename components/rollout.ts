import type * as pulumi from "@pulumi/pulumi";
import { type Step, type StepKind, stepId } from "../manifest/graph/steps";

/**
 * Makes one step of a service, unless the service has no such step.
 *
 * @param make gets what the step waits for, and returns what others wait for
 */
export type RunStep = (
  kind: StepKind,
  make: (dependsOn: pulumi.Resource[]) => readonly pulumi.Resource[],
) => void;

/**
 * Makes the steps of a deployment's graph. What a step waits for is said by the graph and nowhere
 * else: it is handed to what makes the step's resources.
 */
export class Rollout {
  private readonly steps: ReadonlyMap<string, Step>;
  private readonly made = new Map<string, readonly pulumi.Resource[]>();

  constructor(steps: readonly Step[]) {
    this.steps = new Map(steps.map((step) => [step.id, step]));
  }

  /** Makes the steps of one service. Throws where a step comes twice, or before one that it needs. */
  stepsOf(service: string): RunStep {
    return (kind, make) => {
      const step = this.steps.get(stepId(service, kind));
      if (!step) return;
      if (this.made.has(step.id)) {
        throw new Error(`Unable to make step ${step.id}: it is made already.`);
      }
      this.made.set(step.id, make(step.needs.flatMap((need) => [...this.resourcesOf(need, step)])));
    };
  }

  /** @throws where a step was never made */
  assertComplete(): void {
    const missing = [...this.steps.keys()].filter((id) => !this.made.has(id));
    if (missing.length === 0) return;
    throw new Error(`Unable to deploy: the program did not make ${missing.join(", ")}.`);
  }

  private resourcesOf(need: string, { id }: Step): readonly pulumi.Resource[] {
    const resources = this.made.get(need);
    if (!resources)
      throw new Error(`Unable to make step ${id}: ${need}, which it needs, is not made yet.`);
    return resources;
  }
}
