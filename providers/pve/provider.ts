import { z } from "zod";
import { ProxmoxClient } from "../../components/proxmox/client";
import type { MountPoint } from "../../components/proxmox/mountPoints";
import type { Checked, Difference, Provider, State } from "../plugin/contract";
import { isUnknown, type Properties, UNKNOWN } from "../plugin/values";
import { refusalOf } from "./refusals";
import { create, read, update } from "./volume";

/** Milliseconds that Proxmox VE may take: a new disk gets its file system before it answers. */
const TIMEOUT = 300_000;

const inputs = z.object({
  service: z.string(),
  volume: z.string(),
  nodeName: z.string(),
  vmId: z.number(),
  path: z.string(),
  sizeGb: z.number(),
  datastore: z.string(),
  backup: z.boolean(),
});
export type VolumeInputs = z.infer<typeof inputs>;
const names = Object.keys(inputs.shape) as (keyof VolumeInputs)[];

/**
 * Disks of containers. The provider that creates the containers would replace them, and destroy
 * their data, for a new or larger disk.
 */
export class PveProvider implements Provider {
  readonly version = "0.1.0";
  readonly secretSettings = ["token"];
  private client: ProxmoxClient | undefined;

  checkConfig(news: Properties): Checked {
    const failures = ["endpoint", "token"]
      .filter((property) => news[property] === undefined)
      .map((property) => ({ property, reason: "this is required" }));
    return { inputs: news, failures };
  }

  configure({ endpoint, token, insecure, ca }: Properties): void {
    if ([endpoint, token, insecure, ca].some(isUnknown)) return;
    this.client = new ProxmoxClient(
      {
        endpoint: String(endpoint),
        token: String(token),
        insecure: String(insecure) === "true",
        ...(typeof ca === "string" && { ca }),
      },
      TIMEOUT,
    );
  }

  secretsOf(): string[] {
    return [];
  }

  check(_urn: string, news: Properties): Checked {
    const failures = names
      .filter((name) => !isUnknown(news[name]) && !inputs.shape[name].safeParse(news[name]).success)
      .map((property) => ({ property, reason: "this is missing, or of another type" }));
    return { inputs: news, failures };
  }

  /** @throws what can't be changed in place, with what to do instead */
  diff(_urn: string, oldInputs: Properties, news: Properties, state: Properties): Difference[] {
    const changed = names.filter((name) => oldInputs[name] !== news[name]);
    // Another container has disks of its own.
    const moved: string[] = changed.filter((name) => name === "nodeName" || name === "vmId");
    const refusal = moved.length > 0 ? undefined : refusalOf(oldInputs, news, state);
    if (refusal !== undefined) throw new Error(refusal);
    return changed.map((property) => ({
      property,
      change: oldInputs[property] === undefined ? "add" : "update",
      replaces: moved.includes(property),
    }));
  }

  planCreate(_urn: string, news: Properties): Properties {
    return { ...news, key: UNKNOWN, volumeId: UNKNOWN };
  }

  create(_urn: string, news: Properties): Promise<State> {
    const wanted = inputs.parse(news);
    return attempt("create", wanted, async () =>
      stateOf(wanted, await create(this.connected(), wanted)),
    );
  }

  async read(id: string, _urn: string, state: Properties, oldInputs: Properties) {
    const [node = "", vmid = "", key = ""] = id.split("/");
    const found = await read(this.connected(), node, Number(vmid), key);
    if (!found) return undefined;
    const { path, sizeGb, datastore, backup } = found;
    const current = {
      ...state,
      ...oldInputs,
      nodeName: node,
      vmId: Number(vmid),
      path,
      sizeGb: sizeGb ?? oldInputs.sizeGb,
      datastore,
      backup,
    };
    const { key: _, volumeId: __, ...inputsNow } = current as Record<string, unknown>;
    return { id, properties: { ...current, key, volumeId: found.source }, inputs: inputsNow };
  }

  planUpdate(state: Properties, _oldInputs: Properties, news: Properties): Properties {
    return { ...state, ...news };
  }

  update(id: string, _urn: string, _state: Properties, _old: Properties, news: Properties) {
    const wanted = inputs.parse(news);
    const key = id.split("/")[2] ?? "";
    return attempt("change", wanted, async () =>
      stateOf(wanted, await update(this.connected(), wanted, key)),
    );
  }

  /** Only forgets a disk that the container has no more; others go with their containers. */
  async delete(id: string, _urn: string, state: Properties): Promise<void> {
    const wanted = inputs.parse(state);
    const found = await read(
      this.connected(),
      wanted.nodeName,
      wanted.vmId,
      id.split("/")[2] ?? "",
    );
    if (found === undefined || found.path !== wanted.path) return;
    throw new Error(
      `Unable to delete volume ${wanted.volume} of ${wanted.service}: container ${wanted.vmId} still has it as ` +
        `${found.key}. Run \`pct set ${wanted.vmId} --delete ${found.key}\` on node ${wanted.nodeName} first.`,
    );
  }

  cancel(): void {
    void this.client?.close();
  }

  private connected(): ProxmoxClient {
    if (this.client) return this.client;
    throw new Error("Unable to reach Proxmox VE: its address and token are not known yet.");
  }
}

function stateOf(wanted: VolumeInputs, { key, source }: MountPoint): State {
  const { nodeName, vmId } = wanted;
  return { id: `${nodeName}/${vmId}/${key}`, properties: { ...wanted, key, volumeId: source } };
}

async function attempt<T>(
  verb: string,
  { service, volume }: VolumeInputs,
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const why = (error instanceof Error ? error.message : String(error)).replace(/\.$/, "");
    throw new Error(`Unable to ${verb} volume ${volume} of ${service}: ${why}.`);
  }
}
