import type { Issue } from "../issue";
import type { ServiceSpec } from "../resolve/spec";
import { type CheckContext, pathOf } from "./context";

/** Of PostgreSQL, nixpkgs has one package for each major version. */
export function checkVersion(_: CheckContext, service: ServiceSpec<undefined>): Issue[] {
  const { modules, version } = service;
  if (version === undefined || !modules.includes("postgresql")) return [];
  if (/^[1-9]\d$/.test(version)) return [];
  const major = /^[1-9]\d(?=\.)/.exec(version)?.[0] ?? "17";
  const message = `${version} is no major version of PostgreSQL. Set it to that of the data, such as "${major}", or remove it.`;
  return [{ code: "wrong-format", path: [...pathOf(service), "version"], message }];
}
