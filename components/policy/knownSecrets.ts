/** Shorter values also occur by chance in other texts. */
const shortest = 8;

/** What no text but a secret looks like. */
const shapes: readonly (readonly [string, RegExp])[] = [
  ["a private key", /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----(\\[nr]|\s)+[A-Za-z0-9+/=]{16}/],
  ["an API token", /[^\s@!=]+@[^\s@!=]+![^\s@!=]+=[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/i],
  ["an age key", /AGE-SECRET-KEY-1[A-Z0-9]{20}/],
];

/** The values of secrets that are known so far, to be found wherever they are not marked as secret. */
export class KnownSecrets {
  private readonly names = new Map<string, string>();

  /** @param name what a message calls it */
  add(name: string, value: string): void {
    for (const part of partsOf(value)) {
      for (const text of [part, Buffer.from(part).toString("base64").replace(/=+$/, "")]) {
        this.names.set(text, name);
      }
    }
  }

  /** What a text gives away; undefined if it is nothing. */
  findIn(text: string): string | undefined {
    for (const [secret, name] of this.names) if (text.includes(secret)) return name;
    return shapes.find(([, shape]) => shape.test(text))?.[0];
  }
}

/** A text of one line; of a longer one, such as a key, the line in its middle, which only it has. */
function partsOf(value: string): string[] {
  const lines = value.trim().split("\n");
  const part = lines[Math.floor(lines.length / 2)]!.trim();
  return part.length < shortest ? [] : [part];
}
