import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { z } from "zod";
import { goOptions, runGo } from "./go";
import { goModules, type Outcome } from "./outcome";

const govulncheck = "golang.org/x/vuln/cmd/govulncheck@v1.9.0";

/** What is known about the npm packages that users run. */
export async function npmVulnerabilities(locks: string): Promise<Outcome> {
  // The lock file alone: settings of npm in the same folder could name another registry.
  const folder = mkdtempSync(join(tmpdir(), "nixmox-audit-"));
  try {
    for (const file of ["package.json", "package-lock.json"]) {
      cpSync(join(locks, file), join(folder, file));
    }
    const args = ["audit", "--omit=dev", "--package-lock-only", "--json"];
    const { stdout } = await execa("npm", args, { cwd: folder, reject: false });
    return readNpmAudit(stdout);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const report = z.object({
  vulnerabilities: z.record(z.string(), z.object({ severity: z.string(), range: z.string() })),
  metadata: z.object({ dependencies: z.object({ prod: z.number() }) }),
});

/** What npm's report says. */
export function readNpmAudit(text: string): Outcome {
  const { data } = report.safeParse(parseJson(text));
  if (!data) return { skipped: "npm's registry does not answer the question" };
  const findings = Object.entries(data.vulnerabilities).map(
    ([name, { severity, range }]) => `${name} ${range}: ${severity}`,
  );
  return { looked: `${data.metadata.dependencies.prod} packages`, findings };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What is known about the Go code that the toolchain and the lab are built from, and is called. */
export async function goVulnerabilities(locks: string): Promise<Outcome> {
  const findings: string[] = [];
  for (const [folder, packages] of Object.entries(goModules)) {
    const options = goOptions(folder, locks);
    const { exitCode, stdout, stderr } = await runGo(["run", govulncheck, packages], options);
    const found = readGovulncheck(stdout);
    if (exitCode !== 0 && found.length === 0) {
      const why = stderr.split("\n").find((line) => line.startsWith("govulncheck:"));
      return { skipped: why ?? `govulncheck cannot be run: ${stderr.trim().split("\n").at(-1)}` };
    }
    findings.push(...found.map((line) => `${folder}: ${line}`));
  }
  return { looked: `${Object.keys(goModules).length} modules`, findings };
}

/** The vulnerabilities that govulncheck's text names, each with the module that has it. */
export function readGovulncheck(text: string): string[] {
  return text
    .split(/^Vulnerability #\d+: /m)
    .slice(1)
    .map((part) => {
      const [id] = part.split("\n");
      return `${id}: ${/Found in: (\S+)/.exec(part)?.[1] ?? "unknown module"}`;
    });
}
