import { digestOf, type Values } from "../configFile";
import { parameterError } from "../errors";
import type { Scope } from "../firewall";
import { checkDigest } from "../guests/update";
import type { Call, Route } from "../route";
import { parametersOf } from "../schema";
import { splitList } from "../spec";

const CLUSTER = "/cluster/firewall/options";
const CONTAINER = "/nodes/{node}/lxc/{vmid}/firewall/options";
const NOT_OPTIONS = ["delete", "digest", "node", "vmid"];

const digest = (options: Values) => digestOf(JSON.stringify(options));

function read({ cluster }: Call, scope: Scope, method: string): object {
  const options = cluster.firewall.options(scope);
  const types = parametersOf(method);
  const typed = Object.entries(options).map(([key, value]) => {
    const type = types[key]?.type;
    return [key, type === "boolean" || type === "integer" ? Number(value) : value];
  });
  return { ...(Object.fromEntries(typed) as object), digest: digest(options) };
}

async function write(call: Call, scope: Scope, method: string): Promise<null> {
  const { cluster, params } = call;
  const options = cluster.firewall.options(scope);
  checkDigest(params.digest, digest(options));
  const remove = splitList(params.delete);
  const known = Object.keys(parametersOf(method)).filter((key) => !NOT_OPTIONS.includes(key));
  const unknown = remove.find((key) => !known.includes(key));
  if (unknown !== undefined) throw parameterError({ delete: `no such option '${unknown}'` });
  const kept = Object.entries(options).filter(([key]) => !remove.includes(key));
  const set = Object.entries(params).filter(([key]) => known.includes(key));
  await cluster.firewall.setOptions(scope, Object.fromEntries([...kept, ...set]));
  return null;
}

/** The datacenter's options and a container's, each with a way to change them. */
function optionRoutes(
  path: string,
  scopeOf: (call: Call) => Scope,
  [place, audit, modify]: readonly [string, string, string],
): Route[] {
  const method = `PUT ${path}`;
  return [
    {
      method: "GET",
      path,
      needs: { path: place, all: [audit] },
      run: (call) => read(call, scopeOf(call), method),
    },
    {
      method: "PUT",
      path,
      needs: { path: place, all: [modify] },
      run: (call) => write(call, scopeOf(call), method),
    },
  ];
}

/** Firewall options; there are no rules, and no policy but to accept. */
export const firewallRoutes: readonly Route[] = [
  ...optionRoutes(CLUSTER, () => "cluster", ["/", "Sys.Audit", "Sys.Modify"]),
  // As on Proxmox, whether there is such a container makes no difference.
  ...optionRoutes(CONTAINER, ({ vmid }) => vmid, ["/vms/{vmid}", "VM.Audit", "VM.Config.Network"]),
];
