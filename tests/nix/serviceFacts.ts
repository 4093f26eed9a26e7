import { execFileSync } from "node:child_process";
import { environment, evaluateHost, system, upload } from "./nix";
import type { Slice } from "./samples";

/** What the evaluation of a host tells about its service. */
export interface ServiceFacts {
  /** Of its system. */
  readonly derivation: string;
  /** NixOS's options that the service's own modules set. */
  readonly options: readonly string[];
  readonly state: Readonly<
    Record<string, { readonly directory: string; readonly units: readonly string[] }>
  >;
  readonly units: readonly string[];
  /** The files from which systemd gives units their credentials. */
  readonly credentials: readonly string[];
  /** Files with variables of a unit's environment. */
  readonly environmentFiles: readonly string[];
  /** Packages that the system would need and the lab does not have. */
  readonly missing: readonly string[];
}

interface Evaluated extends Omit<ServiceFacts, "options" | "missing"> {
  readonly defined: readonly { readonly name: string; readonly file: string }[];
}

const lists = (directive: string) => `lib.concatMap
  (unit: map toString (lib.toList (unit.serviceConfig.${directive} or [ ])))
  (lib.attrValues systemd.services)`;

const known = new Map<string, ServiceFacts>();

export function factsOf(name: string, slice: Slice): ServiceFacts {
  const key = JSON.stringify([name, slice]);
  const facts = known.get(key) ?? evaluateFacts(name, slice);
  known.set(key, facts);
  return facts;
}

function evaluateFacts(name: string, slice: Slice): ServiceFacts {
  const flake = upload(name, slice);
  const { defined, ...facts } = evaluateHost<Evaluated>(
    flake,
    name,
    `{
      derivation = ${system};
      defined = lib.definedOptions (lib.hasPrefix "${flake}/nixos/modules/")
        outputs.nixosConfigurations.${name};
      inherit (nixmox) state;
      units = map (unit: "\${unit}.service") (lib.attrNames systemd.services);
      credentials = map (entry: lib.last (lib.splitString ":" entry)) (${lists("LoadCredential")});
      environmentFiles = ${lists("EnvironmentFile")};
    }`,
    // What a derivation needs is found in the store.
    ["--read-write-mode"],
  );
  const own = slice.service.modules.map((module) => `${flake}/nixos/modules/${module}`);
  const options = defined
    .filter(({ file }) => own.some((folder) => file === folder || file.startsWith(`${folder}/`)))
    .map(({ name }) => name);
  return { ...facts, options, missing: missingFor(facts.derivation) };
}

/** The packages of a system's closure that stand for what the lab does not have. */
function missingFor(derivation: string): string[] {
  const closure = execFileSync("nix-store", ["--query", "--requisites", derivation], {
    env: environment,
    encoding: "utf8",
  });
  const found = [...closure.matchAll(/\/[a-z0-9]{32}-(.+)-not-in-the-lab\.drv$/gm)];
  return [...new Set(found.map(([, name]) => name!))].sort();
}

/** How a test's title ends whose system the lab cannot build. */
export const notRun = ({ missing }: ServiceFacts) =>
  missing.length === 0 ? "" : ` (evaluated, not run: the lab has no ${missing.join(", ")})`;
