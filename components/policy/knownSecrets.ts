/** Shorter values also occur by chance in other texts. */
const shortest = 8;

/**
 * What no text but a secret looks like. Each begins with what is rare, so that looking costs little;
 * `manifest/check/secretShapes.ts` knows more, and would take too long for every input.
 */
const shapes: readonly (readonly [string, RegExp])[] = [
  ["a private key", /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----(\\[nr]|\s)+[A-Za-z0-9+/=]{16}/],
  ["an API token", /@[^\s@!=]{1,64}![^\s@!=]{1,128}=[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/i],
  ["an age key", /AGE-SECRET-KEY-1[A-Z0-9]{20}/],
];

/** The values of secrets that are known so far, to be found wherever they are not marked as secret. */
export class KnownSecrets {
  /** What messages call each, by its text and by the hash of its beginning. */
  private readonly byHash = new Map<number, Map<string, string>>();

  /** @param name what a message calls it */
  add(name: string, value: string): void {
    const part = partOf(value);
    if (part.length < shortest) return;
    for (const text of [part, Buffer.from(part).toString("base64").replace(/=+$/, "")]) {
      const hash = hashOf(text);
      const known = this.byHash.get(hash) ?? new Map<string, string>();
      this.byHash.set(hash, known.set(text, name));
    }
  }

  /** What a text gives away; undefined if it is nothing. */
  findIn(text: string): string | undefined {
    return this.findKnown(text) ?? shapes.find(([, shape]) => shape.test(text))?.[0];
  }

  /** Rabin and Karp's search: it takes as long for a thousand secrets as for one. */
  private findKnown(text: string): string | undefined {
    if (this.byHash.size === 0 || text.length < shortest) return undefined;
    let hash = hashOf(text);
    for (let start = 0; ; start++) {
      const known = this.byHash.get(hash);
      if (known)
        for (const [secret, name] of known) if (text.startsWith(secret, start)) return name;
      const next = start + shortest;
      if (next >= text.length) return undefined;
      const out = Math.imul(text.charCodeAt(start), leaving);
      hash = (Math.imul(hash - out, base) + text.charCodeAt(next)) | 0;
    }
  }
}

const base = 16_777_619;
let leaving = 1;
for (let i = 1; i < shortest; i++) leaving = Math.imul(leaving, base);

/** The hash of a text's first characters. */
function hashOf(text: string): number {
  let hash = 0;
  for (let i = 0; i < shortest; i++) hash = (Math.imul(hash, base) + text.charCodeAt(i)) | 0;
  return hash;
}

/** A text of one line; of a longer one, such as a key, the line in its middle, which only it has. */
function partOf(value: string): string {
  const lines = value.trim().split("\n");
  return lines[Math.floor(lines.length / 2)]!.trim();
}
