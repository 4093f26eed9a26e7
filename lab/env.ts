import { join } from "node:path";
import { provideToolchain } from "../toolchain/provide";
import { quote } from "../components/shell";
import { prepareWorkspace, pulumiVariables } from "./environment";
import { endWith } from "./command";

/** `eval "$(npm run --silent env)"`: what a shell needs to run Pulumi by hand. */
async function env(): Promise<void> {
  const workspace = prepareWorkspace(join(__dirname, ".."));
  const { bin } = await provideToolchain({ quiet: true });
  const { PATH: _, ...variables } = pulumiVariables(workspace, bin);
  for (const [name, value] of Object.entries(variables))
    console.log(value === undefined ? `unset ${name}` : `export ${name}=${quote(value)}`);
  console.log(`case ":$PATH:" in *:${bin}:*) ;; *) export PATH=${quote(bin)}:"$PATH" ;; esac`);
}

endWith(env());
