import { base } from "../fixtures";

const network = (lines: string) => base.replace("[network]\n", `[network]\n${lines}\n`);
const record = (...lines: string[]) =>
  `${base}${lines.map((line) => `[[network.records]]\n${line}\n`).join("")}`;
const devices = (lines: string) => `${base}${lines}\n`;

/** What is wrong with the resolver's clients, forwarders, records and devices. */
export const dnsCases: Record<string, [text: string, file?: string]> = {
  "a domain that computers never ask a resolver about": [base.replace("nixmox.lan", "home.local")],
  "clients that are no network": [network('dns_clients = ["192.168.1.5"]')],
  "clients by a host's address": [network('dns_clients = ["10.8.0.1/24", "fd00:1::5/64"]')],
  "an unknown kind of zone": [network('dns_zone = "open"')],
  "a forwarder that is no address": [network('dns_forwarders = ["dns.quad9.net"]')],
  "a forwarder at no port": [network('dns_forwarders = ["9.9.9.9@99999"]')],
  "a forwarder with two ports": [
    network('dns_forwarders = [{ address = "9.9.9.9@853", port = 53 }]'),
  ],
  "forwarders over TLS and in plain text": [
    network('dns_forwarders = ["9.9.9.9@853#dns.quad9.net", "192.168.1.1"]'),
  ],
  "a forwarder that is the host itself": [network('dns_forwarders = ["127.0.0.1@5335"]')],
  "a zone that is forwarded to the resolver itself": [
    network('forward."corp.example" = ["192.168.99.13"]'),
  ],
  "a zone without a forwarder": [network('forward."corp.example" = []')],
  "the own zone forwarded": [network('forward."nixmox.lan" = ["192.168.1.5"]')],
  "another name for the forwarded zones": [
    network('dns_zones = { "ad.corp.example" = ["192.168.1.5"] }'),
  ],
  "DNSSEC for all forwarders at once": [network("dnssec = false")],
  "a record of an unknown kind": [record('type = "ANAME"\nname = "x"\ntarget = "caddy"')],
  "a record without a kind": [record('name = "x"\naddress = "192.168.99.40"')],
  "a record with another kind's key": [record('type = "A"\nname = "x"\ntarget = "caddy"')],
  "a record's wrong name": [record('type = "A"\nname = "*.a.*"\naddress = "192.168.99.40"')],
  "an alias beside other records": [
    record(
      'type = "A"\nname = "x"\naddress = "192.168.99.40"',
      'type = "CNAME"\nname = "x"\ntarget = "caddy"',
    ),
  ],
  "aliases that lead to each other": [
    record(
      'type = "CNAME"\nname = "x"\ntarget = "y"',
      'type = "CNAME"\nname = "y"\ntarget = "x.nixmox.lan"',
    ),
  ],
  "a record with a service's name": [
    record('type = "A"\nname = "caddy"\naddress = "192.168.99.40"'),
  ],
  "a record that is there twice": [
    record(
      'type = "TXT"\nname = "x"\ntext = "one"',
      'type = "TXT"\nname = "x"\ntext = "one"\nttl = 60',
    ),
  ],
  "mail for an alias": [
    record('type = "CNAME"\nname = "x"\ntarget = "caddy"', 'type = "MX"\nname = "@"\ntarget = "x"'),
  ],
  "a target that nobody knows": [record('type = "MX"\nname = "@"\ntarget = "cady"')],
  "a wildcard whose own name leads elsewhere": [
    record(
      'type = "A"\nname = "*.apps"\naddress = "192.168.99.40"',
      'type = "A"\nname = "apps"\naddress = "192.168.99.41"',
    ),
  ],
  "the name of an address that has one": [
    record('type = "PTR"\nname = "192.168.99.13"\ntarget = "caddy"'),
  ],
  "a device at a service's address": [devices('[devices.nas]\nip = "192.168.99.13"')],
  "two devices with one address": [
    devices('[devices.nas]\nip = "192.168.1.5"\n[devices.tv]\nip = "192.168.1.5"'),
  ],
  "a device with the name of a host": [devices('[devices.caddy]\nip = "192.168.1.5"')],
  "a device with another's alias": [
    devices(
      '[devices.nas]\nip = "192.168.1.5"\naliases = ["files"]\n[devices.files]\nip = "192.168.1.6"',
    ),
  ],
  "a device at the network's own address": [devices('[devices.nas]\nip = "192.168.99.255"')],
  "a device without an address": [devices('[devices.nas]\nmac = "3c:ec:ef:12:34:56"')],
  "a wrong hardware address": [devices('[devices.nas]\nip = "192.168.1.5"\nmac = "3c:ec:ef"')],
};
