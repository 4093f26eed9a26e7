import { resolve } from "node:path";
import { loadManifest } from "../manifest/load";
import { routeUrl, type Service } from "../manifest/resolve";
import { lxc } from "./lxc/command";
import { labPaths } from "./paths";
import type { Session } from "./session";

/** Columns of the table that ends `npm run up`. */
const columns = ["service", "address", "node", "url", "log in", "health"] as const;

/** What is running now and how to log in there. Health is asked in the containers themselves. */
export async function statusTable(session: Session): Promise<string> {
  const { workspace, lab } = session;
  const named = session.read(["config", "get", "nixmox:manifest", "--stack", "dev"]).trim();
  const file = resolve(workspace.project, named);
  const { manifest } = loadManifest(file, { networkCidr: lab.network.cidr });
  const rows = await Promise.all(
    manifest.services.map(async (service) => [
      service.name,
      service.ip,
      service.node ?? lab.nodes[0]!,
      Object.values(service.interface.proxy).map(routeUrl).join(" ") || "-",
      logIn(service),
      await health(workspace.lab, service),
    ]),
  );
  const dns = manifest.network.dns_server;
  const [withPassword] = manifest.services.filter(
    ({ interface: i }) => i.secrets["admin-password"],
  );
  return [
    ...align([[...columns], ...rows]),
    "",
    'In this shell:  eval "$(npm run --silent env)"',
    `A password:     npm run --silent secret -- ${withPassword?.name ?? "SERVICE"} admin-password`,
    "Certificate:    pulumi stack output caCertificate --stack dev > .nixmox/ca.crt  (trust it, see README)",
    `Names:          ask the DNS server ${dns}, e.g. dig @${dns} ${manifest.services.at(-1)?.hostname ?? manifest.network.domain}`,
  ].join("\n");
}

function logIn({ interface: contracts }: Service): string {
  const names = Object.keys(contracts.secrets);
  return names.includes("admin-password") ? "admin, admin-password" : names.join(" ") || "-";
}

async function health(dir: string, { vmid, interface: { health: checks } }: Service) {
  const path = "PATH=/run/current-system/sw/bin:/usr/local/bin:/usr/bin:/usr/sbin:/bin:/sbin";
  const check = `(${checks.startup}) && (${checks.liveness})`;
  const inside = [
    "-n",
    String(vmid),
    "--clear-env",
    "--set-var",
    path,
    "--",
    "/usr/bin/timeout",
    String(checks.timeout),
    "/bin/sh",
    "-c",
    check,
  ];
  return lxc(labPaths(dir), "lxc-attach", inside).then(
    () => "healthy",
    () => "NOT HEALTHY",
  );
}

function align(rows: readonly (readonly string[])[]): string[] {
  const widths = columns.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join("  ")
      .trimEnd(),
  );
}
