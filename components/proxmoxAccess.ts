import * as https from "node:https";
import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../settings";
import { privileges } from "./proxmox/privileges";

/**
 * The API token, once Proxmox VE has accepted it, knows the nodes and lets it do what is needed: a
 * wrong token, endpoint, node or role ends the run before anything is made. A preview asks nobody.
 */
export function verifiedToken(settings: Settings, nodes: readonly string[]): pulumi.Output<string> {
  if (pulumi.runtime.isDryRun()) return settings.apiToken;
  return settings.apiToken.apply(async (token) => {
    await verify({ ...settings, token }, nodes);
    return token;
  });
}

/** Where Proxmox VE is, and who asks. */
interface Access {
  readonly endpoint: string;
  readonly insecure: boolean;
  readonly token: string;
}

async function verify(access: Access, nodes: readonly string[]): Promise<void> {
  const fail = (why: string, advice: string) =>
    new pulumi.RunError(`Unable to use Proxmox VE at ${access.endpoint}: ${why}. ${advice}`);
  const ask = async <T>(path: string): Promise<T> => {
    const { status, text } = await get(access, path).catch((error: Error) => {
      throw fail(
        error.message || "no answer",
        "Check that it runs and that nixmox:endpoint is its address.",
      );
    });
    if (status === 401 || status === 403) {
      throw fail(
        `it refuses the API token (${status})`,
        "Give it a valid one with `pulumi config set --secret nixmox:apiToken`, " +
          "or write it to the file that nixmox:apiTokenFile names.",
      );
    }
    if (status !== 200) throw fail(`it answers ${status}`, "Check nixmox:endpoint.");
    try {
      return (JSON.parse(text) as { data: T }).data;
    } catch {
      throw fail("something else answers there", "Check nixmox:endpoint.");
    }
  };

  const known = (await ask<{ node: string }[]>("nodes")).map(({ node }) => node).sort();
  const unknown = nodes.filter((node) => !known.includes(node));
  if (unknown.length > 0) {
    throw fail(
      `it has no node ${unknown.join(", ")}; its nodes are ${known.join(", ")}`,
      "Correct nixmox:node in the stack's configuration, or `node` in the manifest.",
    );
  }
  const permissions = await ask<Record<string, Record<string, number>>>("access/permissions");
  const held = new Set(Object.values(permissions).flatMap((each) => Object.keys(each)));
  const lacking = privileges.filter((privilege) => !held.has(privilege));
  if (lacking.length > 0) {
    throw fail(
      `the API token lacks the privileges ${lacking.join(", ")}`,
      `Give them to its role: \`pveum role modify ROLE --append 1 --privs "${lacking.join(" ")}"\`.`,
    );
  }
}

function get({ endpoint, insecure, token }: Access, path: string) {
  return new Promise<{ status?: number; text: string }>((resolve, reject) => {
    const request = https.get(
      new URL(`api2/json/${path}`, endpoint),
      {
        headers: { Authorization: `PVEAPIToken=${token}` },
        rejectUnauthorized: !insecure,
        timeout: 15_000,
        agent: false,
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
        response.on("end", () => resolve({ status: response.statusCode, text }));
      },
    );
    request.on("timeout", () => request.destroy(new Error("no answer in 15 s")));
    request.on("error", reject);
  });
}
