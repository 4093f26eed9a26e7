import type { Issue } from "../issue";
import { maxVmid } from "../schema/service";
import { databaseSecret } from "../resolve/paths";
import type { DisabledService, ServiceSpec } from "../resolve/spec";
import { shortName } from "../resolve/addresses";
import { subnetOf } from "../resolve/networks";
import { Claims } from "./claims";
import { type CheckContext, pathOf } from "./context";

type Named = ServiceSpec<undefined> | DisabledService;

/** A name belongs to one service, in whichever table. */
export function checkServiceNames({ manifest }: CheckContext): Issue[] {
  const all: Named[] = [...manifest.services, ...manifest.disabled];
  const core = new Set(all.filter((each) => each.core).map(({ name }) => name));
  return all
    .filter((each) => !each.core && core.has(each.name))
    .map((each) => ({
      code: "taken",
      path: pathOf(each),
      message: `core_services also has a service "${each.name}". Give one of them another name.`,
    }));
}

/** A former name must be free, or two services would claim one container. */
export function checkFormerNames({ manifest, place }: CheckContext): Issue[] {
  const all: Named[] = [...manifest.services, ...manifest.disabled];
  const names = new Set(all.map(({ name }) => name));
  const claims = new Claims(place);
  return all.flatMap((each) =>
    each.formerly.flatMap((former, i): Issue[] => {
      const path = [...pathOf(each), "formerly", i];
      if (names.has(former)) {
        const message = `a service is named "${former}" now. Remove formerly, or rename that service.`;
        return [{ code: "taken", path, message }];
      }
      return claims.claim(`"${former}"`, path, "Keep only one.");
    }),
  );
}

/** Names of secrets that the project uses itself. */
export function checkSecretNames({ isWritten }: CheckContext, service: ServiceSpec<undefined>) {
  const { secrets } = service.interface;
  return Object.keys(secrets).flatMap((key): Issue[] => {
    const path = [...pathOf(service), "interface", "secrets", key];
    const isOurs = key.startsWith(databaseSecret("")) || ["authority", "certificate"].includes(key);
    if (!isOurs || !isWritten(path)) return [];
    const message = "NixMox itself uses a secret with this name. Use another one.";
    return [{ code: "reserved-name", path, message }];
  });
}

/** Addresses, ids and host names that no two services may share. */
export function checkUnique(context: CheckContext): Issue[] {
  const { manifest, suggestions, place } = context;
  const claims = new Claims(place);
  return manifest.services.flatMap((service) => {
    const base = pathOf(service);
    const at = (key: string) => [...base, key];
    const { ip } = service;
    // What would be derived in place of a wrong name claims nothing.
    const hostname = context.isFaulty(at("hostname")) ? undefined : service.hostname;
    const address =
      ip === undefined
        ? []
        : claims.claim(`address ${ip}`, at("ip"), () =>
            suggestions.address(subnetOf(manifest, service)),
          );
    const id = checkVmid(context, claims, service, address.length > 0);
    const host =
      hostname === undefined
        ? []
        : claims.claim(`hostname ${hostname}`, at("hostname"), "Use another one.");
    // Proxmox VE knows a container by the first label of its name alone.
    const short =
      hostname === undefined || host.length > 0
        ? []
        : claims.claim(
            `container name ${shortName(hostname)}`,
            at("hostname"),
            "Use another first label.",
          );
    return [...address, ...id, ...host, ...short];
  });
}

/** An id is free and one that Proxmox VE has; a derived one follows from the address. */
function checkVmid(
  { isWritten, isFaulty, suggestions }: CheckContext,
  claims: Claims,
  service: ServiceSpec<undefined>,
  isAddressTaken: boolean,
): Issue[] {
  const { vmid } = service;
  const [own, address] = [
    [...pathOf(service), "vmid"],
    [...pathOf(service), "ip"],
  ];
  if (vmid === undefined || isFaulty(own)) return [];
  if (isWritten(own)) {
    return claims.claim(
      `vmid ${vmid}`,
      own,
      () => `Use another one, such as ${suggestions.vmid(vmid)}.`,
    );
  }
  if (vmid > maxVmid) {
    const message = `its vmid would be ${vmid}, and the highest is ${maxVmid}. Set vmid to a lower one.`;
    return [{ code: "out-of-range", path: address, message }];
  }
  // It is taken twice with its address, which is already reported.
  if (isAddressTaken) return [];
  return claims.claim(
    `vmid ${vmid}`,
    address,
    () => `Set vmid to another one, such as ${suggestions.vmid(vmid)}, or use another address.`,
  );
}
