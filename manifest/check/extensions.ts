import { didYouMean } from "../didYouMean";
import type { Issue } from "../issue";
import { extensionMeant, knownExtensions } from "../resolve/extensions";
import type { ServiceSpec } from "../resolve/spec";
import { type CheckContext, pathOf } from "./context";

/** Extensions have their own names, not those of their projects or packages, and are named once. */
export function checkExtensions(
  { isFaulty }: CheckContext,
  service: ServiceSpec<undefined>,
): Issue[] {
  return extensionsOf(service).flatMap(({ name, path, index, all }): Issue[] => {
    if (isFaulty(path.slice(0, -1))) return [];
    if (all.indexOf(name) < index) {
      return [{ code: "written-twice", path, message: `${name} is listed twice. Remove one.` }];
    }
    const meant = extensionMeant(name);
    if (meant === undefined) return [];
    const message = `${name} is not what PostgreSQL calls the extension. Write "${meant}".`;
    return [{ code: "unknown-extension", path, message }];
  });
}

/** Extensions that nobody may know: the server is asked when the database is created. */
export function unknownExtensions({ manifest, place }: CheckContext): string[] {
  return manifest.services.flatMap((service) =>
    extensionsOf(service)
      .filter(({ name }) => !knownExtensions.includes(name))
      .map(({ name, path }) => {
        const server = manifest.services.find(({ provides }) => provides.includes("database"));
        return (
          `${place(path)}: no package is known for the extension ${name}.${didYouMean(name, knownExtensions)} Unless nixpkgs has one of that name, ` +
          `name it in nixos/hosts/${server?.name ?? "postgresql"}.nix: services.postgresql.extensions = ps: [ ps.PACKAGE ];`
        );
      }),
  );
}

/** The extensions of a service's own databases, each with its place. */
function extensionsOf(service: ServiceSpec<undefined>) {
  return Object.entries(service.interface.dbs)
    .filter(([, { access }]) => access === "own")
    .flatMap(([key, { extensions: all }]) =>
      all.map((name, index) => ({
        name,
        index,
        all,
        path: [...pathOf(service), "interface", "dbs", key, "extensions", index],
      })),
    );
}
