import { parseArgs } from "node:util";
import { LabError, messageOf } from "./errors";
import { destroyLab, labStatus, startLab, stopLab, type LabOptions } from "./lab";

const USAGE = `Usage: npm run lab -- COMMAND [OPTIONS]

Commands:
  start     start the lab, or do nothing if it is running
  stop      stop it and keep its containers
  status    say what it is doing
  destroy   remove it with all its containers

Options:
  --dir DIR        its folder (default: .nixmox/lab in the project)
  --port N         where its API answers (default: 8006)
  --name NAME      its name (default: nixmox)
  --network CIDR   its network (default: 192.168.99.0/24)`;

const OPTIONS = {
  dir: { type: "string" },
  port: { type: "string" },
  name: { type: "string" },
  network: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

function parse(args: readonly string[]): { command: string; options: LabOptions } {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: OPTIONS,
      allowPositionals: true,
    });
    const { port, help, ...rest } = values;
    if (port !== undefined && !/^[1-9]\d{0,4}$/.test(port)) throw new Error(`${port} is no port`);
    const options = { ...rest, ...(port === undefined ? {} : { port: Number(port) }) };
    return { command: help ? "help" : positionals.join(" "), options };
  } catch (error) {
    throw new LabError(`Unable to read the command line: ${messageOf(error)}.\n\n${USAGE}`);
  }
}

async function printStatus(options: LabOptions): Promise<void> {
  const status = await labStatus(options);
  if (!status) {
    console.log("There is no lab. Start one with `npm run lab -- start`.");
    return;
  }
  const { info, running, containers } = status;
  console.log(`Lab ${info.name}: ${running ? `running at ${info.endpoint}` : "stopped"}`);
  console.log(
    `Network ${info.network.cidr}, bridge ${info.bridge}, API token in ${info.apiTokenFile}`,
  );
  for (const { vmid, node, name, status: state } of containers) {
    console.log(`  ${String(vmid).padEnd(6)} ${node}  ${state.padEnd(8)} ${name}`);
  }
}

async function main(args: readonly string[]): Promise<void> {
  const { command, options } = parse(args);
  if (command === "start") await startLab(options);
  else if (command === "stop") await stopLab(options);
  else if (command === "destroy") await destroyLab(options);
  else if (command === "status") await printStatus(options);
  else if (command === "help") console.log(USAGE);
  else throw new LabError(`Unable to run \`${command}\`: there is no such command.\n\n${USAGE}`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(messageOf(error));
  process.exitCode = 1;
});
