import { describeGuest } from "../../../components/proxmox/mark";
import type { WantedGuest } from "../../../components/proxmox/preflight";
import type { FakeGuest } from "./fakeProxmox";

export const stack = { name: "dev", id: "3f9a1c0e" };
export const miniflux: WantedGuest = {
  service: "miniflux",
  formerly: ["reader"],
  node: "pve1",
  vmid: 7015,
  hostname: "miniflux",
  address: "192.168.99.15",
  cidr: "192.168.99.0/24",
  bridge: "vmbr0",
  vlan: undefined,
  datastores: ["local-lvm"],
};
export const caddy: WantedGuest = {
  ...miniflux,
  service: "caddy",
  formerly: [],
  vmid: 7010,
  hostname: "proxy",
  address: "192.168.99.10",
};

/** The notes of a container that a stack made for a service. */
export const description = (service: string, vmid: number, stackId = stack.id, name = stack.name) =>
  `${describeGuest({ service, vmid, stack: name, stackId })}\n`;

/** The container that this stack made for miniflux, with changes. */
export const own = (change: Partial<FakeGuest> = {}): FakeGuest => ({
  vmid: 7015,
  name: "miniflux",
  running: true,
  ...change,
  config: {
    description: description("miniflux", 7015),
    net0: "name=eth0,bridge=vmbr0,gw=192.168.99.1,hwaddr=02:00:00:00:00:01,ip=192.168.99.15/24,type=veth",
    ...change.config,
  },
});
