import * as https from "node:https";
import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../settings";

/**
 * The API token, once Proxmox VE has accepted it: a wrong token or endpoint ends the run before
 * anything is made. A preview asks nobody.
 */
export function verifiedToken(settings: Settings): pulumi.Output<string> {
  if (pulumi.runtime.isDryRun()) return settings.apiToken;
  return settings.apiToken.apply(async (token) => {
    await verify(settings.endpoint, settings.insecure, token);
    return token;
  });
}

async function verify(endpoint: string, insecure: boolean, token: string): Promise<void> {
  const fail = (why: string, advice: string) =>
    new pulumi.RunError(`Unable to use Proxmox VE at ${endpoint}: ${why}. ${advice}`);
  const status = await statusOf(new URL("api2/json/version", endpoint), insecure, token).catch(
    (error: Error) => {
      throw fail(
        error.message || "no answer",
        "Check that it runs and that nixmox:endpoint is its address.",
      );
    },
  );
  if (status === 401 || status === 403) {
    throw fail(
      `it refuses the API token (${status})`,
      "Give it a valid one with `pulumi config set --secret nixmox:apiToken`, " +
        "or write it to the file that nixmox:apiTokenFile names.",
    );
  }
  if (status !== 200) throw fail(`it answers ${status}`, "Check nixmox:endpoint.");
}

function statusOf(url: URL, insecure: boolean, token: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = https.get(
      url,
      {
        headers: { Authorization: `PVEAPIToken=${token}` },
        rejectUnauthorized: !insecure,
        timeout: 15_000,
        agent: false,
      },
      (response) => {
        response.resume();
        resolve(response.statusCode);
      },
    );
    request.on("timeout", () => request.destroy(new Error("no answer in 15 s")));
    request.on("error", reject);
  });
}
