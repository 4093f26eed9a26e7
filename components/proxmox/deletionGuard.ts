import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { visible } from "../../manifest/visible";
import { valueOf } from "../valueOf";
import { type ProxmoxAccess, ProxmoxClient } from "./client";
import { markOf, nameOf } from "./conflicts";
import { isTaken, listGuests, readGuest } from "./guests";
import { describeGuest, readMark, sameMark } from "./mark";

/** What the state says about a container that is to be deleted. */
const container = z.object({
  nodeName: z.string(),
  vmId: z.number(),
  description: z.string().optional(),
  initialization: z.object({ hostname: z.string().optional() }).optional(),
});

/**
 * A hook for `hooks: { beforeDelete: [hook] }` of containers: nothing is deleted unless the guest
 * with that id still carries the mark of the container that the state describes. The engine looks
 * hooks up by name, so the program has to create this one even if no container is left.
 */
export function deletionGuard(access: () => Promise<ProxmoxAccess>): pulumi.ResourceHook {
  return new pulumi.ResourceHook("nixmox-deletion-guard", async ({ urn, oldInputs }) =>
    checkDeletion(await access(), urn, await valueOf(oldInputs)),
  );
}

/** Throws unless the guest is the one that a resource's inputs describe, or is gone already. */
export async function checkDeletion(
  access: ProxmoxAccess,
  urn: string,
  oldInputs: unknown,
): Promise<void> {
  const { nodeName, vmId, description, initialization } = container.parse(oldInputs);
  const what = `container ${vmId} on node ${nodeName}`;
  const forget =
    "To forget it and leave it alone, run " +
    `\`pulumi state delete --stack ${urn.split(":")[2] ?? ""} '${urn}'\`.`;
  const refuse = (why: string, advice = "") =>
    new Error(visible(`Unable to delete ${what}: ${why}. ${advice}${advice && " "}${forget}`));

  const client = new ProxmoxClient(access);
  try {
    const listed = (await listGuests(client)).find(({ vmid }) => vmid === vmId);
    if (listed === undefined) {
      if (await isTaken(client, vmId)) {
        throw refuse(
          "the API token may not see the guest that has this id now",
          "Give it VM.Audit on all guests.",
        );
      }
      return;
    }
    const mark = readMark(description);
    if (mark === undefined) {
      throw refuse(`the state does not say who created it, and there is ${nameOf(listed)}`);
    }
    const guest = await readGuest(client, listed);
    if (guest === undefined) return;
    if ("unread" in guest) throw refuse(`its configuration can't be read: ${guest.unread}`);
    const found = markOf(guest);
    if (found === undefined || !sameMark(mark, found)) {
      const edited =
        guest.type === "lxc" &&
        !guest.template &&
        found === undefined &&
        guest.name === initialization?.hostname;
      throw refuse(
        `it is no longer the one created for service ${mark.service} by stack ${mark.stack}: ` +
          `there is ${nameOf(guest)} now`,
        edited
          ? `If only its notes were edited, put this line back into them: "${describeGuest(mark)}".`
          : "",
      );
    }
    if (guest.node !== nodeName) {
      // Proxmox VE would find nothing there, and the container would be forgotten, not deleted.
      throw refuse(
        `it is on node ${guest.node} now`,
        `Move it back with \`pct migrate ${vmId} ${nodeName} --restart\` on that node.`,
      );
    }
  } finally {
    await client.close();
  }
}
