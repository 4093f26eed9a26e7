import type { Consequence, Effect } from "./effects";
import { isWritten, newOrGone, type PreviewStep } from "./preview";
import { stateOf, textOf, type World } from "./world";

interface DatabaseCommand {
  readonly step: PreviewStep;
  readonly name: string;
  /** The service that uses the database. */
  readonly owner: string;
  /** The database server. */
  readonly host: string;
  readonly world: World;
}

/**
 * What a change of a role means: its owner's, with the database, or a reader's. Its sessions end whenever
 * its statements run, which may also set its password.
 */
export function roleConsequences(command: DatabaseCommand): Consequence[] {
  const { step, owner, host } = command;
  // Only a reader owns nothing that would be lost.
  const isReader = /DROP OWNED BY/.test(textOf(stateOf(step)!.inputs?.delete));
  const key = isReader ? readersOf(command) : placeOf(command, /-role$/);
  if (step.op === "create") return [{ service: host, effect: "nothing", why: [`new: ${key}`] }];
  if (step.op === "update") {
    const why = isWritten(step) ? `${key}, or its password` : "how NixMox sets up a database";
    return [{ service: owner, effect: "restart", why: [why] }];
  }
  if (isReader) {
    const effect: Effect = step.op === "delete" ? "nothing" : "restart";
    return [{ service: owner, effect, why: [`gone: ${key}, which loses no data`] }];
  }
  const isDropped = /DROP DATABASE/.test(textOf(step.oldState?.inputs?.delete));
  const what = isDropped ? "is dropped (on_remove)" : "keeps its data, out of the service's reach";
  return [{ service: owner, effect: "data at risk", why: [`${key} ${what}`] }];
}

/** An extension that is created or updated interrupts nobody; one that leaves the manifest stays. */
export function extensionConsequences(command: DatabaseCommand): Consequence[] {
  const why =
    command.step.op === "update" ? [] : [`${placeOf(command, /-extensions$/)}.extensions`];
  return [{ service: command.owner, effect: "nothing", why }];
}

/** A host that is no longer a second one keeps no session; the data is the other service's. */
export function sessionConsequences(command: DatabaseCommand): Consequence[] {
  const { step, owner } = command;
  const why = [`${newOrGone(step)}${placeOf(command, /-sessions$/)}.of`];
  return [{ service: owner, effect: "nothing", why }];
}

/** The key of a service's own database, or of the one that it shares. */
function placeOf({ name, owner, world }: DatabaseCommand, suffix: RegExp): string {
  const key = name.slice(`${owner}-database`.length).replace(suffix, "").replace(/^-/, "");
  return key === "" ? world.key(owner, "interface.db") : world.databaseKey(owner, key);
}

/** The key that lets a role read another service's database; all that is known is the database's name. */
function readersOf({ step, world }: DatabaseCommand): string {
  const triggers = stateOf(step)!.inputs?.triggers;
  const of: unknown = Array.isArray(triggers) ? triggers.at(-1) : undefined;
  return world.readersKey(textOf(of).split("/").slice(1).join("/"));
}
