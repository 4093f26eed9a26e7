import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Loaded } from "../../manifest/load";
import { sliceOf } from "../../manifest/slice";
import { load } from "../unit/fixtures";
import { project } from "./nix";
import type { Slice } from "./samples";

/** What every manifest says besides its services. */
const header = `
[network]
domain = "nixmox.lan"
network_cidr = "192.168.99.0/24"
gateway = "192.168.99.1"
dns_server = "192.168.99.13"

[groups.operators]
description = "People who run the homelab"
admin = true

[groups.readers]
description = "People who use it"

[users.anna]
name = "Anna Example"
groups = ["operators", "readers"]
`;

const folder = join(project, "nixos/modules");

/** What every host has. */
const shared = ["base"];

/** The modules: each folder, but the one that every host has. */
export const modules = readdirSync(folder).filter(
  (name) => !shared.includes(name) && existsSync(join(folder, name, "default.nix")),
);

export const hasBeside = (module: string, file: string) => existsSync(join(folder, module, file));

export const readBeside = (module: string, file: string) =>
  readFileSync(join(folder, module, file), "utf8");

/** Of these, a homelab has one. */
export const providers = ["authentik", "keycloak"] as const;
export type Provider = (typeof providers)[number];

/** Services whose programs cannot do what a provider asks of them, and say so. */
export const refusing: Readonly<Record<Provider, readonly string[]>> = {
  authentik: [],
  keycloak: ["guacamole"],
};

/** A manifest of all services: the modules' examples, with one identity provider. */
export function allServices(provider: Provider): Loaded {
  const others = providers.filter((name) => name !== provider);
  const examples = modules
    .filter((name) => !others.some((other) => other === name) && hasBeside(name, "example.toml"))
    .map((name) => readBeside(name, "example.toml"));
  return load([header, ...examples].join("\n"));
}

/** What each host of a manifest gets, by name. */
export function slicesOf({ manifest }: Loaded): Readonly<Record<string, Slice>> {
  return Object.fromEntries(
    manifest.services.map((service) => [service.name, sliceOf(manifest, service) as Slice]),
  );
}
