import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { format } from "prettier";
import { didYouMean } from "./didYouMean";
import { criticalPath, toMermaid, toSvg } from "./drawing";
import { flakeFiles } from "./flake";
import { wavesOf } from "./graph";
import { type Loaded, loadManifest, ManifestError } from "./load";
import { jsonSchema, referencePage } from "./jsonSchema";
import { provenanceOf } from "./provenance";

const usage = `Usage: npm run manifest -- COMMAND [--manifest FILE]

  check          say whether the manifest is right, and what is wrong
  show NAME      print a service in full, and where each value came from
  graph          print the deployment's waves and critical path;
                 --output DIR writes graph.svg and graph.mmd there
  schema         write manifest/schema.json and docs/manifest.md anew
`;

const project = join(__dirname, "..");

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      manifest: { type: "string" },
      output: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return console.log(usage);
  const [command, name] = positionals;
  const surplus = positionals[command === "show" ? 2 : 1];
  if (surplus !== undefined) {
    throw new UsageError(
      `"${surplus}" is one word too many. Name a file with --manifest.\n${usage}`,
    );
  }
  const load = () => {
    const loaded = loadManifest(values.manifest ?? join("manifest", "nixmox.toml"));
    for (const warning of loaded.warnings) console.error(`Warning: ${warning}`);
    return loaded;
  };
  if (command === "check") check(load());
  else if (command === "show" && name !== undefined) show(load(), name);
  else if (command === "graph") graph(load(), values.output);
  else if (command === "schema") await writeSchema();
  else throw new UsageError(usage.trimEnd());
}

/** What the loader cannot see: whether each service has its NixOS configuration. */
function check({ manifest }: Loaded): void {
  const missing = manifest.services.flatMap(({ name }) => {
    try {
      flakeFiles(project, name);
      return [];
    } catch (error) {
      return [(error as Error).message];
    }
  });
  if (missing.length > 0) throw new UsageError(missing.join("\n"));
  console.log(`${manifest.services.length} services, no errors.`);
}

class UsageError extends Error {}

function show({ written, document, manifest }: Loaded, name: string): void {
  const values = provenanceOf(written, document, manifest, name);
  if (!values) {
    if (manifest.disabled.includes(name)) {
      throw new UsageError(`Unable to show ${name}: it is disabled. Set enable = true first.`);
    }
    const names = manifest.services.map((service) => service.name);
    throw new UsageError(
      `Unable to show ${name}: no enabled service is called so.${didYouMean(name, names)}`,
    );
  }
  const width = Math.max(...values.map(({ path }) => path.length));
  for (const { path, value, origin } of values) {
    console.log(`${path.padEnd(width)}  ${origin.padEnd(8)}  ${value}`);
  }
}

function graph({ manifest }: Loaded, output: string | undefined): void {
  if (output !== undefined) {
    mkdirSync(output, { recursive: true });
    writeFileSync(join(output, "graph.svg"), toSvg(manifest));
    writeFileSync(join(output, "graph.mmd"), toMermaid(manifest));
    console.log(`Wrote ${join(output, "graph.svg")} and ${join(output, "graph.mmd")}.`);
    return;
  }
  wavesOf(manifest).forEach((names, i) => console.log(`wave ${i + 1}: ${names.join(", ")}`));
  if (manifest.disabled.length > 0) console.log(`disabled: ${manifest.disabled.join(", ")}`);
  console.log(`critical path: ${criticalPath(manifest).join(" -> ")}`);
}

/** The generated files, formatted as the rest of the project. */
export async function generated(): Promise<Record<string, string>> {
  return {
    "manifest/schema.json": await format(JSON.stringify(jsonSchema()), {
      parser: "json",
      printWidth: 100,
    }),
    "docs/manifest.md": await format(referencePage(), { parser: "markdown", printWidth: 100 }),
  };
}

async function writeSchema(): Promise<void> {
  for (const [file, content] of Object.entries(await generated())) {
    writeFileSync(join(project, file), content);
    console.log(`Wrote ${file}.`);
  }
}

if (require.main === module) {
  main().catch((error: unknown) => {
    const known = error instanceof ManifestError || error instanceof UsageError;
    console.error(known || error instanceof TypeError ? error.message : error);
    process.exitCode = 1;
  });
}
