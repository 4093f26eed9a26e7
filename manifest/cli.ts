import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { isAbsolute, join, relative, resolve } from "node:path";
import { Command } from "commander";
import { didYouMean } from "./didYouMean";
import { Flake } from "./flake";
import { criticalPath, wavesOf } from "./graph/order";
import { type Loaded, loadManifest } from "./load";
import { givenSecrets } from "./resolve/secrets";
import { jsonSchema } from "./schema/jsonSchema";
import { referencePage } from "./schema/referencePage";
import { setCommand } from "./secretId";
import { toMermaid, toSvg } from "./show/graph";
import { valuesOf } from "./show/service";
import { renderHosts } from "./slice";
import { visible, visibleLines } from "./visible";

const project = join(__dirname, "..");
const shipped = join(project, "manifest", "nixmox.toml");

/** Where `npm run` was typed; it runs scripts in the project's folder. */
const typedIn = process.env.INIT_CWD ?? process.cwd();

/** The manifest's commands: `npm run manifest -- COMMAND`. */
export function program(): Command {
  const cli = new Command("npm run manifest --")
    .description("Checks, shows and draws manifests.")
    .showHelpAfterError("(add --help for the commands)");
  const file = "the manifest (default: manifest/nixmox.toml)";
  cli
    .command("check")
    .description("check a manifest, and report everything that is wrong")
    .argument("[file]", file)
    .action((path?: string) => check(load(path)));
  cli
    .command("show")
    .description("print a service or a device in full, with the origin of each value")
    .argument("<name>", "the service or device, or `network`")
    .argument("[file]", file)
    .action((name: string, path?: string) => show(load(path), name));
  cli
    .command("graph")
    .description("print the deployment's waves and critical path")
    .argument("[file]", file)
    .option("--output <folder>", "write graph.svg and graph.mmd there instead")
    .action((path: string | undefined, { output }: { output?: string }) =>
      graph(load(path), output),
    );
  cli
    .command("resolve")
    .description("write nixos/manifest.json, from which `nix` evaluates this checkout")
    .argument("[file]", file)
    .action((path?: string) => write({ "nixos/manifest.json": renderHosts(load(path).manifest) }));
  cli
    .command("schema")
    .description("write manifest/schema.json and docs/manifest.md")
    .action(() => write(schemaFiles()));
  return cli;
}

function load(path: string | undefined): Loaded {
  const full = path === undefined ? shipped : isAbsolute(path) ? path : resolve(typedIn, path);
  const near = relative(process.cwd(), full);
  const loaded = loadManifest(near.startsWith("..") ? full : near);
  for (const warning of loaded.warnings) console.error(`Warning: ${warning}`);
  return loaded;
}

/** Also checks what the loader cannot see: whether each service has its NixOS configuration. */
function check({ manifest }: Loaded): void {
  new Flake(project).filesByHost(manifest.services);
  const count = manifest.services.length;
  console.log(`${count} ${count === 1 ? "service" : "services"}, no errors.`);
  const given = givenSecrets(manifest);
  if (given.length === 0) return;
  console.log("Secrets that only a person can give, for each stack:");
  for (const id of given) console.log(`  ${setCommand(id)}`);
}

function show(loaded: Loaded, name: string): void {
  const values = valuesOf(loaded, name);
  if (!values) {
    const { services, disabled, devices } = loaded.manifest;
    if (disabled.some((service) => service.name === name)) {
      throw new Error(`Unable to show ${name}: it is disabled. Set enable = true first.`);
    }
    const names = [...services.map((service) => service.name), ...Object.keys(devices)];
    const hint = didYouMean(name, names) || ` There are ${names.join(", ")}.`;
    throw new Error(`Unable to show ${name}: no enabled service or device has this name.${hint}`);
  }
  const width = Math.max(...values.map(({ path }) => path.length));
  for (const { path, value, origin, written } of values) {
    const place = written === undefined ? "" : `  (${written})`;
    console.log(visible(`${path.padEnd(width)}  ${origin.padEnd(8)}  ${value}${place}`));
  }
}

async function graph({ manifest }: Loaded, output: string | undefined): Promise<void> {
  if (output !== undefined) {
    const folder = resolve(typedIn, output);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "graph.svg"), await toSvg(manifest));
    writeFileSync(join(folder, "graph.mmd"), toMermaid(manifest));
    console.log(`Wrote ${join(output, "graph.svg")} and ${join(output, "graph.mmd")}.`);
    return;
  }
  wavesOf(manifest).forEach((names, i) => console.log(`wave ${i + 1}: ${names.join(", ")}`));
  if (manifest.disabled.length > 0) {
    console.log(`disabled: ${manifest.disabled.map(({ name }) => name).join(", ")}`);
  }
  console.log(`critical path: ${criticalPath(manifest).join(" -> ")}`);
}

/** What is generated from the schema. */
export function schemaFiles(): Record<string, string> {
  return {
    "manifest/schema.json": `${JSON.stringify(jsonSchema(), null, 2)}\n`,
    "docs/manifest.md": referencePage(),
  };
}

function write(files: Readonly<Record<string, string>>): void {
  for (const [file, content] of Object.entries(files)) {
    const path = join(project, file);
    const before = existsSync(path);
    writeFileSync(path, content);
    console.log(`${before ? "Updated" : "Wrote"} ${file}.`);
  }
}

if (require.main === module) {
  // A reader such as `head` may have seen enough.
  process.stdout.on("error", ({ code }: NodeJS.ErrnoException) => {
    if (code === "EPIPE") process.exit();
  });
  program()
    .parseAsync()
    .catch((error: unknown) => {
      console.error(visibleLines(error instanceof Error ? error.message : String(error)));
      process.exitCode = 1;
    });
}
