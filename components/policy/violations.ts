import * as pulumi from "@pulumi/pulumi";
import type { Path } from "../../manifest/issue";
import type { Finding } from "./rule";

/** Everything that breaks the policy in one run. */
export class Violations {
  private readonly lines: string[] = [];

  /** @param place where a key of a service is in the manifest */
  constructor(
    private readonly place: (service: string | undefined, key: Path) => string | undefined,
  ) {}

  /**
   * Throws if something was found. A preview goes on, to find the rest, and fails when it has
   * registered everything.
   */
  add(service: string | undefined, findings: readonly Finding[]): void {
    for (const { why, advice, key = [] } of findings) {
      const place = this.place(service, key);
      this.lines.push(`${place === undefined ? "" : `${place}: `}${why}. ${advice}`);
    }
    if (findings.length === 0) return;
    if (!pulumi.runtime.isDryRun()) throw this.error();
    if (this.lines.length > findings.length) return;
    process.once("beforeExit", () => {
      throw this.error();
    });
  }

  private error(): pulumi.RunError {
    const count = this.lines.length === 1 ? "1 violation" : `${this.lines.length} violations`;
    return new pulumi.RunError(
      `Unable to deploy: ${count} of the policy (docs/security.md).\n` +
        this.lines.map((line) => `  ${line}`).join("\n"),
    );
  }
}
