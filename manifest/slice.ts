import { providerOf, usesOf } from "./graph";
import type { Manifest, Service } from "./resolve";

/**
 * The part of the manifest that one host gets, in the manifest's own form: the network, itself in
 * full, and of the services that it talks to only who and where they are. A change elsewhere in the
 * manifest leaves it as it is, so that no other host is rebuilt.
 */
export function sliceOf(manifest: Manifest, service: Service, sshKeys: readonly string[] = []) {
  const talksTo = new Set(usesOf(manifest, service));
  if (Object.keys(service.interface.proxy).length > 0) {
    const proxy = providerOf(manifest, "proxy");
    if (proxy && proxy !== service) talksTo.add(proxy.name);
  }
  const entries = manifest.services
    .filter((other) => other === service || talksTo.has(other.name))
    .map(
      (other) => [other.core, other.name, other === service ? own(other) : seen(other)] as const,
    );
  const table = (core: boolean) =>
    Object.fromEntries(entries.filter(([c]) => c === core).map(([, name, entry]) => [name, entry]));
  // Of the network, what the container alone is made of stays out.
  const { vlan_tag: _, outposts: __, ...network } = manifest.network;
  return {
    network: {
      ...network,
      ssh_keys: [...new Set([...manifest.network.ssh_keys, ...sshKeys])],
    },
    core_services: table(true),
    services: table(false),
  };
}

/** What of the own entry concerns the host itself; the container's shape does not. */
function own(service: Service) {
  const { ip, hostname, ports, provides, depends_on, unit } = service;
  const { proxy, ...contracts } = service.interface;
  return {
    enable: true,
    ip,
    hostname,
    ports,
    provides,
    depends_on,
    unit,
    // An empty `proxy` would be the short form of one route.
    interface: Object.keys(proxy).length > 0 ? service.interface : contracts,
  };
}

function seen({ ip, hostname, ports, provides }: Service) {
  return { enable: true, ip, hostname, ports, provides };
}
