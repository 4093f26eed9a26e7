import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { goOptions, runGo } from "./go";
import { isAllowed, recognize } from "./licences";
import { goModules, type Outcome, project } from "./outcome";

const format = "{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Dir}}{{end}}{{end}}";

/** The licences of the Go modules that are compiled into what the toolchain and the lab build. */
export async function goLicences(locks: string): Promise<Outcome> {
  const modules = new Map<string, string>();
  for (const [folder, packages] of Object.entries(goModules)) {
    const args = ["list", "-deps", "-f", format, packages];
    const { failed, stdout, stderr } = await runGo(args, goOptions(folder, locks));
    if (failed) return { skipped: `Go cannot list ${folder}: ${lastLine(stderr)}` };
    for (const line of stdout.split("\n").filter(Boolean)) {
      const [name, dir] = line.split("\t") as [string, string];
      if (!dir.startsWith(project)) modules.set(name, dir);
    }
  }
  const findings = [...modules].flatMap(([name, dir]) => {
    const found = licencesIn(dir);
    const licences = found.length > 0 ? found : [undefined];
    if (licences.every((licence) => isAllowed(name, licence))) return [];
    const why = found.length === 0 ? "has no licence file" : "has a licence that is not known";
    return [`${name}: ${why}`];
  });
  return { looked: `${modules.size} modules`, findings };
}

function licencesIn(dir: string): (string | undefined)[] {
  const files = readdirSync(dir).filter((file) =>
    /^(licen[cs]e|copying|unlicense)(\.|-|$)/i.test(file),
  );
  return files.map((file) => recognize(readFileSync(join(dir, file), "utf8")));
}

const lastLine = (text: string) => text.trim().split("\n").at(-1) ?? "";
