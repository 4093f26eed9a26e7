import type * as pulumi from "@pulumi/pulumi";
import { type Step, type StepKind, stepId } from "../manifest/graph/steps";

/**
 * Creates one step of a service, unless the service has no such step.
 *
 * @param make is given what the step waits for, and returns what others wait for
 */
export type RunStep = (
  kind: StepKind,
  make: (dependsOn: pulumi.Resource[]) => readonly pulumi.Resource[],
) => void;

/**
 * Creates the steps of a deployment's graph. What a step waits for is decided by the graph and
 * nowhere else: it is passed to the function that creates the step's resources.
 */
export class Rollout {
  private readonly steps: ReadonlyMap<string, Step>;
  private readonly made = new Map<string, readonly pulumi.Resource[]>();

  constructor(steps: readonly Step[]) {
    this.steps = new Map(steps.map((step) => [step.id, step]));
  }

  /** Creates the steps of one service. Throws if a step comes twice, or before one that it needs. */
  stepsOf(service: string): RunStep {
    return (kind, make) => {
      const step = this.steps.get(stepId(service, kind));
      if (!step) return;
      if (this.made.has(step.id)) {
        throw new Error(`Unable to create step ${step.id}: it exists already.`);
      }
      this.made.set(step.id, make(step.needs.flatMap((need) => [...this.resourcesOf(need, step)])));
    };
  }

  /** @throws if a step was never created */
  assertComplete(): void {
    const missing = [...this.steps.keys()].filter((id) => !this.made.has(id));
    if (missing.length === 0) return;
    throw new Error(`Unable to deploy: the program did not create ${missing.join(", ")}.`);
  }

  private resourcesOf(need: string, { id }: Step): readonly pulumi.Resource[] {
    const resources = this.made.get(need);
    if (!resources)
      throw new Error(`Unable to create step ${id}: ${need}, which it needs, does not exist yet.`);
    return resources;
  }
}
