import methods from "./methods.json";
import type { Parameters, Schema } from "./types";

const schema = methods as Schema;

/** The parameters of a served method, by `METHOD /path`. */
export function parametersOf(method: string): Parameters {
  const found = schema.methods[method];
  if (!found) throw new Error(`${method} is not in methods.json; run lab/pve/schema/extract.ts`);
  return found;
}

/** Every setting that a container's configuration may have. */
export const configParameters: Parameters =
  schema.methods["PUT /nodes/{node}/lxc/{vmid}/config"] ?? {};
