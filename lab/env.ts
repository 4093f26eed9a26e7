import { join } from "node:path";
import { provideToolchain } from "../toolchain/provide";
import { prepareWorkspace, pulumiVariables } from "./environment";

/** `eval "$(npm run --silent env)"`: what a shell needs to run Pulumi by hand. */
async function env(): Promise<void> {
  const workspace = prepareWorkspace(join(__dirname, ".."));
  const { bin } = await provideToolchain({ quiet: true });
  for (const [name, value] of Object.entries(pulumiVariables(workspace, bin))) {
    console.log(`export ${name}='${value.replaceAll("'", `'\\''`)}'`);
  }
}

env().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
