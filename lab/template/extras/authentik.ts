import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { LabError } from "../../errors";
import { projectDir } from "../../paths";
import { run, type CommandError } from "../../run";
import { identify } from "../identify";
import type { Extra } from "./extra";

const source = join(__dirname, "..", "..", "authentik");

/** The programs of nixpkgs' packages, and what each runs. */
const PROGRAMS: Readonly<Record<string, string>> = {
  ak: "main",
  ldap: "outposts/ldap",
  radius: "outposts/radius",
};

/** Authentik can be had from no registry: a stand-in, as one file for each program. */
export const authentik: Extra = {
  name: "authentik",
  title: "the lab's Authentik",
  id: () => identify(files(), readFileSync(join(projectDir, "package-lock.json"), "utf8")),
  async build(dir) {
    mkdirSync(join(dir, "bin"));
    const client = dirname(require.resolve("@goauthentik/api/package.json"));
    copyFileSync(join(client, "schema.yml"), join(dir, "schema.yml"));
    for (const [name, entry] of Object.entries(PROGRAMS)) {
      await bundle(join(source, `${entry}.ts`), join(dir, `${name}.js`));
      writeFileSync(join(dir, "bin", name), launcher(name));
      chmodSync(join(dir, "bin", name), 0o755);
    }
  },
};

/** Every source by its path. */
function files(): [string, string][] {
  const paths = readdirSync(source, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .sort();
  return paths.map((path) => [path, readFileSync(join(source, path), "utf8")]);
}

async function bundle(entry: string, outfile: string): Promise<void> {
  const args = [
    require.resolve("esbuild/bin/esbuild"),
    entry,
    `--outfile=${outfile}`,
    "--bundle",
    "--platform=node",
    "--target=node22",
    "--log-level=error",
    "--log-override:require-resolve-not-external=silent",
    "--external:pg-native",
  ];
  await run(process.execPath, args, { cwd: projectDir }).catch((error: CommandError) => {
    throw new LabError(
      `Unable to bundle the lab's Authentik: ${error.message}. Run \`npm ci\` and try again.`,
    );
  });
}

/** Finds its own folder and Node's, which is beside it wherever both are. */
const launcher = (name: string): string => `#!/bin/sh
root=$(dirname "$(dirname "$(readlink -f "$0")")")
exec "$(dirname "$root")/node/bin/node" "$root/${name}.js" "$@"
`;
