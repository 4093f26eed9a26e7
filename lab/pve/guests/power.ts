import type { StopOptions } from "../../lxc/container";
import type { Cluster } from "../cluster";
import { failure, parameterError } from "../errors";
import type { Call } from "../route";
import type { Session } from "../session";
import { specOf } from "../spec";
import type { TaskLog } from "../tasks";
import { applyPending } from "./pending";
import { checkLock } from "./update";

/** Starts a container with what is pending; the caller holds its lock. */
async function startNow(cluster: Cluster, node: string, vmid: number): Promise<void> {
  const config = cluster.store.load(node, vmid);
  if (config.values.template === "1") throw failure("you can't start a CT if it's a template");
  checkLock(config);
  if ((await cluster.containers.inspect(vmid)).running) return;
  const ready = applyPending(config);
  cluster.store.save(node, vmid, ready);
  await cluster.firewall.enforce();
  await cluster.containers.start(specOf(vmid, ready.values));
}

/** Starts a container in the background. */
export function beginStart(cluster: Cluster, session: Session, node: string, vmid: number): string {
  return cluster.tasks.start(node, "vzstart", String(vmid), session.id, () =>
    cluster.locks.hold(vmid, () => startNow(cluster, node, vmid)),
  );
}

/** What a task does while it holds the container's lock. */
type Work = (log: TaskLog) => Promise<void>;

function worker({ cluster, session, node, vmid }: Call, type: string, work: Work): string {
  return cluster.tasks.start(node, type, String(vmid), session.id, (log) =>
    cluster.locks.hold(vmid, async () => {
      checkLock(cluster.store.load(node, vmid));
      await work(log);
    }),
  );
}

async function checkRunning(call: Call, what: "CT" | "VM" = "CT"): Promise<void> {
  call.cluster.store.load(call.node, call.vmid);
  const { running } = await call.cluster.containers.inspect(call.vmid);
  if (!running) throw failure(`${what} ${call.vmid} not running`);
}

function checkSkipLock({ session, params }: Call): void {
  if (params.skiplock === "1" && !session.isRoot) {
    throw parameterError({ skiplock: "Only root may use this option." });
  }
}

export async function start(call: Call): Promise<string> {
  const { cluster, session, node, vmid } = call;
  checkSkipLock(call);
  cluster.store.load(node, vmid);
  if ((await cluster.containers.inspect(vmid)).running) throw failure(`CT ${vmid} already running`);
  return beginStart(cluster, session, node, vmid);
}

/** Stops a container if it still runs once its lock is held. */
async function stopNow({ cluster, vmid }: Call, options: StopOptions): Promise<void> {
  if ((await cluster.containers.inspect(vmid)).running) {
    await cluster.containers.stop(vmid, options);
  }
}

export async function stop(call: Call): Promise<string> {
  checkSkipLock(call);
  await checkRunning(call);
  return worker(call, "vzstop", () => stopNow(call, { kill: true }));
}

export async function shutdown(call: Call): Promise<string> {
  await checkRunning(call);
  const timeout = Number(call.params.timeout ?? 60);
  const killAfterTimeout = call.params.forceStop === "1";
  return worker(call, "vzshutdown", () => stopNow(call, { timeout, killAfterTimeout }));
}

export async function reboot(call: Call): Promise<string> {
  const { cluster, node, vmid, params } = call;
  await checkRunning(call, "VM");
  const timeout = params.timeout === undefined ? undefined : Number(params.timeout);
  return worker(call, "vzreboot", async () => {
    await stopNow(call, { timeout, killAfterTimeout: true });
    await startNow(cluster, node, vmid);
  });
}

export async function destroy(call: Call): Promise<string> {
  const { cluster, node, vmid, params } = call;
  const check = async () => {
    const config = cluster.store.load(node, vmid);
    if (config.values.protection === "1") {
      throw failure(`can't remove CT ${vmid} - protection mode enabled`);
    }
    checkLock(config);
    const { running } = await cluster.containers.inspect(vmid);
    if (running && params.force !== "1") {
      throw failure(`unable to destroy CT ${vmid} - container is running`);
    }
    return running;
  };
  await check();
  return worker(call, "vzdestroy", async (log) => {
    if (await check()) {
      log(`forced to stop CT ${vmid} before destroying!`);
      await cluster.containers.stop(vmid, { kill: true });
    }
    await cluster.containers.remove(vmid);
    cluster.pools.forget(vmid);
    cluster.store.remove(node, vmid);
    await cluster.firewall.forget(vmid);
  });
}
