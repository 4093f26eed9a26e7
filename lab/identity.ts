import { randomBytes, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { privileges } from "../components/proxmox/privileges";
import type { LabPaths } from "./paths";
import { writeRole } from "./pve/role";
import { TOKEN_NAME, TOKEN_USER } from "./pve/session";
import { run } from "./run";

function keep(file: string, make: () => string): void {
  if (!existsSync(file)) writeFileSync(file, `${make()}\n`, { mode: 0o400 });
}

/**
 * Creates the lab's secrets and certificate once: they survive stop and start. The API token has
 * the privileges of the role in the README, and no more.
 */
export async function makeIdentity(paths: LabPaths): Promise<void> {
  keep(paths.token, () => `${TOKEN_USER}!${TOKEN_NAME}=${randomUUID()}`);
  keep(paths.password, () => randomBytes(18).toString("base64url"));
  keep(paths.ticketKey, () => randomBytes(32).toString("hex"));
  writeRole(paths.role, privileges);
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
