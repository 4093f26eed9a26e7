import { LabError } from "../errors";
import { run } from "../run";
import { SUITE } from "./packages";

const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** Where this machine gets Debian from: its own mirror, but no third-party archives. */
export async function debianSources(): Promise<string[]> {
  const format = "$(ORIGIN)|$(LABEL)|$(REPO_URI)|$(SUITE)|$(COMPONENT)";
  const { stdout } = await run("apt-get", ["indextargets", "--format", format]);
  return sourcesOf(stdout);
}

/** The template's sources, from the list that apt prints for this machine. */
export function sourcesOf(targets: string): string[] {
  const lines = targets.split("\n").flatMap((line) => {
    const [origin, label, uri, suite, component] = line.split("|");
    if (origin !== "Debian" || component !== "main") return [];
    const entry = (name: string) => `deb [signed-by=${KEYRING}] ${uri} ${name} main`;
    if (label === "Debian-Security") return [entry(`${SUITE}-security`)];
    if (label !== "Debian" || suite?.endsWith("-backports")) return [];
    return [entry(suite?.endsWith("-updates") ? `${SUITE}-updates` : SUITE)];
  });
  if (!lines.some((line) => line.endsWith(` ${SUITE} main`))) {
    throw new LabError(
      "Unable to build the template: this machine's apt knows no Debian archive. " +
        "Run `apt-get update` on Debian 12 or 13.",
    );
  }
  return [...new Set(lines)];
}

/** The settings without which this machine's apt would not reach or accept its archive. */
export async function aptOptions(): Promise<string[]> {
  const keys = [
    "Acquire::http::Proxy",
    "Acquire::https::Proxy",
    "Acquire::Check-Valid-Until",
    "Acquire::Check-Date",
  ];
  const { stdout } = await run("apt-config", ["dump", "--format", "%F %v%n", ...keys]);
  return optionsOf(stdout);
}

/** Settings as apt takes them on a command line; those without a value are not set. */
export function optionsOf(dump: string): string[] {
  return dump
    .split("\n")
    .map((line) => /^(Acquire::\S+) (.+)$/.exec(line))
    .flatMap((match) => (match ? [`${match[1]} "${match[2]}"`] : []));
}
