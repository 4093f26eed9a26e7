#!/usr/bin/env tsx
import { commandLine, runMain } from "../cli/command";
import { provideToolchain } from "./provide";

const description = "Provide Pulumi and its plugins, and print the folder to put on PATH.";

async function toolchain(): Promise<void> {
  console.log((await provideToolchain()).bin);
}

runMain(commandLine("npm run toolchain", description).action(toolchain).parseAsync());
