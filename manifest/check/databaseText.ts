import type { Issue } from "../issue";
import type { ServiceSpec } from "../resolve/spec";
import { encodingOf } from "../schema/locale";
import { type CheckContext, pathOf } from "./context";

/** Locales and encoding of a database fit each other, and the template that it is made from. */
export function checkDatabaseText(
  { isFaulty, isWritten, written }: CheckContext,
  service: ServiceSpec<undefined>,
): Issue[] {
  return Object.entries(service.interface.dbs).flatMap(([key, database]): Issue[] => {
    const path = [...pathOf(service), "interface", "dbs", key];
    const at = (name: string) => [...path, name];
    const { access, encoding, template, collation, ctype } = database;
    const isKnown = ["collation", "ctype", "encoding", "template"].every(
      (name) => !isFaulty(at(name)),
    );
    if (access !== "own" || !isKnown) return [];
    const locales = [
      ["collation", collation],
      ["ctype", ctype],
    ] as const;
    const misfits = locales
      // What follows from the other one is reported there.
      .filter(([name]) => isWritten(at(name)))
      .flatMap(([name, locale]): Issue[] => {
        const own = locale === undefined ? undefined : encodingOf(locale);
        if (own === undefined || own === encoding || encoding === "SQL_ASCII") return [];
        const message =
          `${locale} is for text in ${own}, and the database's encoding is ${encoding}. ` +
          `Use a locale for ${encoding}, "C", or another encoding.`;
        return [{ code: "mixed-text", path: at(name), message }];
      });
    const isBare = collation === undefined && encoding !== undefined && encoding !== "UTF8";
    if (isBare) {
      const message =
        `the server's own locale is for UTF8, not for ${String(written(at("encoding")))}. ` +
        'Set collation = "C", or a locale for this encoding.';
      misfits.push({ code: "mixed-text", path: at("encoding"), message });
    }
    const isPlain = collation === undefined && encoding === undefined;
    if (template === "template1" && !isPlain) {
      const message =
        "template1 has the server's own locale and encoding. Use template0, which is the default " +
        "with these keys, or remove template.";
      misfits.push({ code: "mixed-text", path: at("template"), message });
    }
    return misfits;
  });
}
