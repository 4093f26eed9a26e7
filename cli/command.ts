import { Command } from "commander";
import { visibleLines } from "../manifest/visible";

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Runs a command to its end; a failure prints its message alone and ends in exit code 1. */
export function runMain(command: Promise<unknown>): void {
  command.catch((error: unknown) => {
    // Hosts, Proxmox VE and the command line may have said it.
    console.error(visibleLines(messageOf(error)));
    process.exitCode = 1;
  });
}

/** Words a mistake on the command line like all other errors. */
function rephrase(text: string): string {
  const [, what = text, hint] = /^error: (.*?)\.?(?:\n\((.*)\))?\n$/s.exec(text) ?? [];
  return `Unable to read the command line: ${what}.${hint ? ` ${hint}` : ""}\n`;
}

/** A command line of this project. */
export function commandLine(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .helpOption("-h, --help", "show this help")
    .helpCommand(false)
    .configureOutput({ outputError: (text, write) => write(visibleLines(rephrase(text))) })
    .showHelpAfterError();
}

/** The command line of a command that works on one stack. */
export function stackCommandLine(name: string, description: string): Command {
  return commandLine(name, description).option("--stack <name>", "the stack to work on", "dev");
}
