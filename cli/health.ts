import { execa } from "execa";
import { quote } from "../components/script";
import { visible } from "../manifest/visible";
import type { DeployedService, DeployedStack } from "./deployedServices";
import { type SshArguments, withSsh } from "./ssh";

/** A service's health now. */
export interface Health {
  readonly state: "healthy" | "NOT HEALTHY" | "UNREACHABLE" | "not deployed";
  /** Why it could not be checked. */
  readonly why?: string;
}

/** How many hosts are checked at the same time. */
const CONCURRENCY = 16;

/** Runs every service's own checks on its host, over SSH with the pinned host keys. */
export async function askHealth(stack: DeployedStack): Promise<Map<string, Health>> {
  return withSsh(stack.services, stack, async (ssh) => {
    const results = new Map<string, Health>();
    const waiting = [...stack.services];
    const worker = async () => {
      for (let service = waiting.shift(); service; service = waiting.shift()) {
        results.set(service.name, await ask(service, ssh));
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
    return results;
  });
}

async function ask(service: DeployedService, ssh: SshArguments): Promise<Health> {
  if (service.hostKey === undefined) return { state: "not deployed" };
  const { exitCode, stderr } = await execa("ssh", [...ssh(service.address), script(service)], {
    reject: false,
    stdin: "ignore",
  });
  if (exitCode === 0) return { state: "healthy" };
  // 255 is SSH's own failure; a check that ends with it is told apart by its silence here.
  const why = stderr.trim().split("\n").at(-1) ?? "";
  return exitCode === 255 && why !== ""
    ? { state: "UNREACHABLE", why: visible(why) }
    : { state: "NOT HEALTHY" };
}

/** The checks as one line of shell that prints nothing. */
function script({ checks, timeout }: DeployedService): string {
  const run = checks.map((check) => `timeout ${timeout} sh -c ${quote(check)}`).join(" && ");
  return `exec </dev/null >/dev/null 2>&1; ${run}`;
}
