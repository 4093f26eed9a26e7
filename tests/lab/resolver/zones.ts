import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const head = (zone: string) => [
  `$ORIGIN ${zone}`,
  `${zone} 300 IN SOA ns.corp.example. hostmaster.corp.example. 1 3600 1200 604800 300`,
  `${zone} 300 IN NS ns.corp.example.`,
];

/** What the public DNS knows of a company's domain. */
const corp = [
  ...head("corp.example."),
  "ns.corp.example. 300 IN A 127.0.0.1",
  "corp.example. 300 IN MX 10 mail.corp.example.",
  'corp.example. 300 IN TXT "v=spf1 mx -all"',
  "mail.corp.example. 300 IN A 203.0.113.25",
  "www.corp.example. 300 IN A 203.0.113.5",
  "cloud.corp.example. 300 IN A 203.0.113.7",
  "cloud.corp.example. 300 IN AAAA 2001:db8::7",
  '_acme-challenge.cloud.corp.example. 300 IN TXT "token"',
  "rebind.friend.corp.example. 300 IN A 192.168.1.1",
];

const root = (keys: string) => [
  ...head("."),
  "corp.example. 300 IN NS ns.corp.example.",
  "ns.corp.example. 300 IN A 127.0.0.1",
  keys,
];

/** The files of a root zone and of one below it, signed and not, and the key to trust. */
export interface Zones {
  readonly signed: Readonly<Record<string, string>>;
  readonly plain: Readonly<Record<string, string>>;
  readonly anchor: string;
}

export function makeZones(directory: string): Zones {
  const write = (name: string, lines: readonly string[]) => {
    const file = join(directory, name);
    writeFileSync(file, `${lines.join("\n")}\n`);
    return file;
  };
  const plain = { ".": write("root.plain", root("")), "corp.example.": write("corp.plain", corp) };
  const below = sign(directory, "corp.example.", write("corp.zone", corp));
  const above = sign(directory, ".", write("root.zone", root(below.ds)));
  return {
    plain,
    signed: { ".": above.file, "corp.example.": below.file },
    anchor: above.ds.trim(),
  };
}

/** Signs a zone with one new key. */
function sign(directory: string, zone: string, file: string): { file: string; ds: string } {
  const run = (program: string, ...args: string[]) =>
    execFileSync(program, args, { cwd: directory, encoding: "utf8" }).trim();
  const key = run("ldns-keygen", "-k", "-a", "ECDSAP256SHA256", "-r", "/dev/urandom", zone);
  run("ldns-signzone", "-o", zone, "-f", `${file}.signed`, file, key);
  const ds = readdirSync(directory).find((name) => name === `${key}.ds`)!;
  return { file: `${file}.signed`, ds: readFileSync(join(directory, ds), "utf8") };
}
