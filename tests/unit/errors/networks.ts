import { base } from "../fixtures";

const dmz = (lines = "", name = "dmz") =>
  `${base}[networks.${name}]\ncidr = "192.168.98.0/24"\ngateway = "192.168.98.1"\n${lines}\n`;
const service = (lines: string, ip = "192.168.98.20") => `[services.git]\nip = "${ip}"\n${lines}\n`;

/** Manifests whose networks, nodes or placements are wrong. */
export const networkCases: Record<string, [text: string]> = {
  "an address of another network": [dmz() + service("")],
  "an address of the default network in another one": [
    dmz() + service('network = "dmz"', "192.168.99.20"),
  ],
  "an address of no network": [dmz() + service('network = "dmz"', "192.168.97.20")],
  "an unknown network": [dmz() + service('network = "dnz"')],
  "a network where there is none": [base + service('network = "guests"', "192.168.99.20")],
  "the default network by name": [dmz() + service('network = "default"', "192.168.99.20")],
  "a network named as the default one": [dmz("", "default")],
  "networks that overlap": [
    dmz().replace("192.168.98.0/24", "192.168.96.0/22") +
      '[networks.iot]\ncidr = "192.168.98.128/25"\ngateway = "192.168.98.129"\n',
  ],
  "a host's address as a further network": [dmz().replace("98.0/24", "98.7/24")],
  "a further network's gateway outside": [dmz().replace("98.1", "99.1")],
  "a further network's broadcast address as gateway": [dmz().replace('98.1"', '98.255"')],
  "the address of a further network's gateway": [
    dmz() + service('network = "dmz"', "192.168.98.1"),
  ],
  "a further network's own address": [dmz() + service('network = "dmz"', "192.168.98.0")],
  "a resolver that is none": [dmz('dns = ["192.168.99.11"]')],
  "no resolver at all": [dmz("dns = []")],
  "a VLAN that cannot be": [dmz("vlan_tag = 4095")],
  "a time zone that is none": [
    base.replace("[network]\n", '[network]\ntime_zone = "Europe/Berln"\n'),
  ],
  "a time zone in other letters": [
    base.replace("[network]\n", '[network]\ntime_zone = "europe/berlin"\n'),
  ],
  "a network that nobody manages": [
    base.replace("[network]\n", '[network]\nmanaged_by = "debian"\n'),
  ],
  "a reboot at another time": [base + service('reboot = "always"', "192.168.99.20")],
  "a packet size that cannot be": [dmz("mtu = 100")],
  "a bridge with a name too long": [dmz('bridge = "vmbr0-of-the-server-room"')],
  "what is no storage": [base + service('datastore = "local lvm"', "192.168.99.20")],
  "what is no node": [`${base}[nodes.pve_1]\ndatastore = "tank"\n`],
  "an id that follows from the addresses of two networks": [
    dmz() +
      '[networks.iot]\ncidr = "10.0.98.0/24"\ngateway = "10.0.98.1"\n' +
      service('network = "dmz"') +
      '[services.wiki]\nip = "10.0.98.20"\nnetwork = "iot"\n',
  ],
  "names that are none": [
    base +
      ["2-fauth-", "-x", "13", "Git_Hub"]
        .map((name, i) => `[services.${name}]\nip = "192.168.99.${30 + i}"\n`)
        .join(""),
  ],
};
