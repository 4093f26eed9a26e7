#!/usr/bin/env tsx
import { InvalidArgumentError } from "commander";
import { commandLine, runMain } from "../cli/command";
import { LabError } from "./errors";
import { networksOf } from "./labNetworks";
import { destroyLab, labStatus, startLab, stopLab, type LabOptions } from "./lab";
import { buildExtras, extrasOf, MODULES } from "./template/extras";

function parsePort(text: string): number {
  const port = Number(text);
  if (/^[1-9]\d*$/.test(text) && port <= 65535) return port;
  throw new InvalidArgumentError("It must be a number between 1 and 65535.");
}

async function printStatus(options: LabOptions): Promise<void> {
  const status = await labStatus(options);
  if (!status) {
    console.log("There is no lab. Start one with `npm run lab -- start`.");
    return;
  }
  const { info, running, containers } = status;
  console.log(`Lab ${info.name}: ${running ? `running at ${info.endpoint}` : "stopped"}`);
  for (const { name, cidr, link, at } of networksOf(info)) {
    const places = at.map(({ bridge, tag }) => (tag === undefined ? bridge : `${bridge}.${tag}`));
    console.log(`Network ${name}: ${cidr}, bridge ${link} (${places.join(", ")})`);
  }
  console.log(`API token in ${info.apiTokenFile}`);
  for (const { vmid, node, name, status: state } of containers) {
    console.log(`  ${String(vmid).padEnd(6)} ${node}  ${state.padEnd(8)} ${name}`);
  }
}

/** Builds what services with these modules need beyond the template, as `npm run up` does. */
async function buildFor(modules: readonly string[]): Promise<void> {
  const unknown = modules.find((name) => !MODULES.includes(name));
  if (unknown !== undefined) {
    throw new LabError(
      `Unable to build programs for ${unknown}: the template has all that it needs, or there is no ` +
        `such module. Name some of ${MODULES.join(", ")}.`,
    );
  }
  await buildExtras(extrasOf(modules), console.log);
}

const lab = commandLine("npm run lab --", "A one-machine Proxmox VE.");

/** A command with the option that all commands share. */
const command = (name: string, description: string) =>
  lab
    .command(name)
    .copyInheritedSettings(lab)
    .description(description)
    .option("--dir <dir>", "the lab's folder (default: .nixmox/lab in the project)");

command("start", "start the lab, unless it is running")
  .option("--port <number>", "where its API answers (default: 8006)", parsePort)
  .option("--name <name>", "its name (default: nixmox)")
  .option("--network <cidr>", "its network (default: 192.168.99.0/24)")
  .action(async (options: LabOptions) => void (await startLab(options)));
command("stop", "stop it and keep its containers").action(stopLab);
command("status", "show whether it runs, and where").action(printStatus);
command("destroy", "remove it with all its containers").action(destroyLab);
lab
  .command("extras <module...>")
  .copyInheritedSettings(lab)
  .description("build what services with these modules run beyond the template")
  .action(buildFor);

runMain(lab.parseAsync());
