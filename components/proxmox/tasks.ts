import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { ProxmoxClient } from "./client";

const status = z.object({ status: z.string(), exitstatus: z.string().optional() });

/** Milliseconds between two looks at a task. */
const PAUSE = 500;

/** Waits until a task has ended. Throws what Proxmox VE says if it failed. */
export async function awaitTask(client: ProxmoxClient, node: string, task: string): Promise<void> {
  const path = `nodes/${node}/tasks/${encodeURIComponent(task)}/status`;
  for (;;) {
    const { status: state, exitstatus = "" } = await client.get(path, status);
    if (state === "stopped") {
      if (exitstatus === "OK" || exitstatus.startsWith("WARNINGS")) return;
      throw new Error(exitstatus.replace(/\.$/, "") || "the task failed");
    }
    await sleep(PAUSE);
  }
}
