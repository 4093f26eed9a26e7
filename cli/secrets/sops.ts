import { createDecipheriv, createHash, timingSafeEqual } from "node:crypto";
import { armor, Decrypter } from "age-encryption";
import { parseDocument } from "yaml";
import { z } from "zod";

/** A value of a SOPS file, with the keys that lead to it. */
export interface SopsValue {
  readonly path: readonly string[];
  readonly value: string;
}

/** What SOPS itself writes to a file, as far as it is needed to decrypt it. */
const metadata = z.object({
  age: z.array(z.object({ enc: z.string() })).min(1),
  lastmodified: z.string(),
  mac: z.string(),
  mac_only_encrypted: z.boolean().optional(),
});

/** With this option, SOPS starts its digest with these bytes, so that nobody can switch it off. */
const onlyEncrypted = Buffer.from(
  "8a3fd2ad54ce66527b1034f3d147be0b0b975b3bf44f72c6fdadec8176f27d69",
  "hex",
);

/**
 * Decrypts the text of a SOPS file (YAML or JSON) with age identities. Each value is authenticated
 * with its place, and all of them with the file's own code (MAC), as SOPS does it.
 * The package `sops-age` does not compare that code, and the program `sops` is not on every machine.
 *
 * @throws if something is not encrypted, or was changed since
 */
export async function decryptSops(
  text: string,
  identities: readonly string[],
): Promise<SopsValue[]> {
  const { sops, ...values } = readTable(text);
  const { data, error } = metadata.safeParse(sops);
  if (error) throw new Error("it is not encrypted by SOPS with age");
  const key = await decryptKey(data.age, identities);
  const leaves = leavesOf(values, []);
  const decrypted = leaves.map(({ path, value }) => ({
    path,
    value: decrypt(value, key, `${path.join(":")}:`, path.join(".")),
  }));
  const digest = createHash("sha512");
  if (data.mac_only_encrypted === true) digest.update(onlyEncrypted);
  for (const { value } of decrypted) digest.update(value);
  const mac = decrypt(data.mac, key, data.lastmodified, "its MAC");
  const [stated, actual] = [mac, digest.digest("hex").toUpperCase()].map((each) =>
    Buffer.from(each),
  );
  if (stated!.length !== actual!.length || !timingSafeEqual(stated!, actual!)) {
    throw new Error("its MAC does not match: values were added, removed or moved since");
  }
  return decrypted;
}

/** JSON is YAML. Aliases, and keys that are set twice, are not what SOPS writes. */
function readTable(text: string): Record<string, unknown> {
  const document = parseDocument(text, { uniqueKeys: true, schema: "core" });
  const [fault] = document.errors;
  if (fault) throw new Error(`it is neither YAML nor JSON (line ${fault.linePos?.[0].line ?? 1})`);
  const table: unknown = document.toJS({ maxAliasCount: 0 });
  if (typeof table !== "object" || table === null || Array.isArray(table)) {
    throw new Error("it holds no table");
  }
  return table as Record<string, unknown>;
}

/** The file's own key, which SOPS encrypts for each recipient. */
async function decryptKey(
  recipients: readonly { readonly enc: string }[],
  identities: readonly string[],
): Promise<Uint8Array> {
  for (const { enc } of recipients) {
    const decrypter = new Decrypter();
    for (const identity of identities) decrypter.addIdentity(identity);
    const key = await decrypter.decrypt(armor.decode(enc)).catch(() => undefined);
    if (key?.length === 32) return key;
  }
  throw new Error("none of the identities can decrypt it");
}

/** Every value in the order of the file. */
function leavesOf(table: object, path: readonly string[]): { path: string[]; value: unknown }[] {
  return Object.entries(table).flatMap(([key, value]: [string, unknown]) => {
    const at = [...path, key];
    const isTable = typeof value === "object" && value !== null && !Array.isArray(value);
    return isTable ? leavesOf(value, at) : [{ path: at, value }];
  });
}

const form =
  /^ENC\[AES256_GCM,data:([A-Za-z0-9+/=]*),iv:([A-Za-z0-9+/=]+),tag:([A-Za-z0-9+/=]+),type:(str|int|float|bool|bytes)\]$/;

function decrypt(value: unknown, key: Uint8Array, context: string, name: string): string {
  const [, ...parts] = (typeof value === "string" && form.exec(value)) || [];
  if (parts.length === 0) throw new Error(`${name} is not encrypted`);
  const [data, iv, tag] = parts.map((part) => Buffer.from(part, "base64"));
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, iv!, { authTagLength: 16 });
    decipher.setAAD(Buffer.from(context)).setAuthTag(tag!);
    return Buffer.concat([decipher.update(data!), decipher.final()]).toString("utf8");
  } catch {
    throw new Error(`${name} cannot be decrypted: it was changed, or moved to this place`);
  }
}
