import { randomBytes, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { grantsFor, type Places, roles } from "../components/proxmox/privileges";
import { BRIDGE } from "./labNetworks";
import type { LabPaths } from "./paths";
import { type AclEntry, writeAcl } from "./pve/acl";
import { Pools } from "./pve/pools";
import { TOKEN_NAME, TOKEN_USER } from "./pve/session";
import { run } from "./run";

function keep(file: string, make: () => string): void {
  if (!existsSync(file)) writeFileSync(file, `${make()}\n`, { mode: 0o400 });
}

/** The pool that the API token may create containers in. */
export const POOL = "nixmox";

/** What the README gives to the API token and its user on these bridges and storages, and no more. */
export function aclFor({ bridges, datastores }: Pick<Places, "bridges" | "datastores">) {
  return grantsFor({ pool: POOL, datastores, templateStorage: "local", bridges }).map(
    ({ path, role, propagate }): AclEntry => ({ path, privileges: roles[role], propagate }),
  );
}

/** What the README itself names. */
export const ACL = aclFor({ bridges: [BRIDGE], datastores: ["local-lvm"] });

/** What the README's reader does first: a pool, and the firewall of the datacenter. */
function prepareDatacenter(paths: LabPaths): void {
  mkdirSync(paths.firewall, { recursive: true });
  const options = join(paths.firewall, "cluster.fw");
  if (!existsSync(options)) writeFileSync(options, "[OPTIONS]\n\nenable: 1\n");
  const pools = new Pools(paths);
  if (!Object.hasOwn(pools.all(), POOL)) pools.create(POOL);
}

/**
 * Creates the lab's secrets and certificate once: they survive stop and start. The API token has
 * the roles of the README.
 */
export async function makeIdentity(paths: LabPaths, acl: readonly AclEntry[] = ACL): Promise<void> {
  keep(paths.token, () => `${TOKEN_USER}!${TOKEN_NAME}=${randomUUID()}`);
  keep(paths.password, () => randomBytes(18).toString("base64url"));
  keep(paths.ticketKey, () => randomBytes(32).toString("hex"));
  writeAcl(paths.acl, acl);
  prepareDatacenter(paths);
  if (existsSync(paths.certificate)) return;
  mkdirSync(dirname(paths.key), { recursive: true, mode: 0o700 });
  const args = [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"],
    ...["-keyout", paths.key, "-out", paths.certificate, "-days", "3650"],
    ...["-subj", "/O=nixmox lab/CN=localhost"],
    ...["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
  ];
  await run("openssl", args);
}
