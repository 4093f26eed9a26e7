#!/usr/bin/env tsx
import { Option } from "commander";
import { commandLine, runMain } from "../cli/command";
import { optionalPlugins } from "./pins";
import { provideToolchain } from "./provide";

const description = "Provide Pulumi and its plugins, and print the folder to put on PATH.";

async function toolchain({ plugin }: { plugin: string[] }): Promise<void> {
  console.log((await provideToolchain({ plugins: plugin })).bin);
}

runMain(
  commandLine("npm run toolchain --", description)
    .addOption(
      new Option("--plugin <name...>", "optional plugins to provide, too")
        .choices(optionalPlugins)
        .default([]),
    )
    .action(toolchain)
    .parseAsync(),
);
