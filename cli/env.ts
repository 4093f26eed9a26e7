import { quote } from "../components/script";
import { provideToolchain } from "../toolchain/provide";
import { runMain, stackCommandLine } from "./command";
import { pluginsOf } from "./stackNeeds";
import { prepareWorkspace, projectDir, pulumiVariables } from "./workspace";

/** Prints what a shell needs to run Pulumi by hand on one stack. */
async function env({ stack }: { stack: string }): Promise<void> {
  const workspace = prepareWorkspace(projectDir);
  const { bin } = await provideToolchain({ quiet: true, plugins: pluginsOf(projectDir, stack) });
  const { PATH: _, ...variables } = pulumiVariables(workspace, bin, stack);
  for (const [name, value] of Object.entries({ ...variables, PULUMI_STACK: stack })) {
    console.log(value === undefined ? `unset ${name}` : `export ${name}=${quote(value)}`);
  }
  console.log(`case ":$PATH:" in *:${bin}:*) ;; *) export PATH=${quote(bin)}:"$PATH" ;; esac`);
}

const description = 'Print what a shell needs to run Pulumi: eval "$(npm run --silent env)"';
runMain(stackCommandLine("npm run env --", description).action(env).parseAsync());
