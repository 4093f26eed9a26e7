import type { Issue } from "../issue";
import type { ServiceSpec } from "../resolve/spec";
import { type CheckContext, pathOf } from "./context";

/** Programs of which nixpkgs has one package for each major version. */
const programs = [
  { module: "postgresql", title: "PostgreSQL", usual: "17", otherwise: ", or remove it" },
  { module: "nextcloud", title: "Nextcloud", usual: "33", otherwise: "" },
] as const;

/** What such a program's version says is a major version. */
export function checkVersion(_: CheckContext, service: ServiceSpec<undefined>): Issue[] {
  const { modules, version } = service;
  const program = programs.find(({ module }) => modules.includes(module));
  if (version === undefined || program === undefined || /^[1-9]\d$/.test(version)) return [];
  const { title, usual, otherwise } = program;
  const major = /^[1-9]\d(?=\.)/.exec(version)?.[0] ?? usual;
  const message = `"${version}" is no major version of ${title}. Set it to that of the data, such as "${major}"${otherwise}.`;
  return [{ code: "wrong-format", path: [...pathOf(service), "version"], message }];
}
