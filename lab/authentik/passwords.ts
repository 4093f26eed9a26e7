import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";

const LENGTH = 32;

function derive(password: string, salt: string): Promise<Buffer> {
  return new Promise((resolve, reject) =>
    scrypt(password, salt, LENGTH, (error, key) => (error ? reject(error) : resolve(key))),
  );
}

/** What is kept of a password. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16).toString("hex");
  return `${salt}$${(await derive(password, salt)).toString("hex")}`;
}

/** Whether a password is the one that was hashed. It takes as long without a hash. */
export async function checkPassword(password: string, hash: string | null): Promise<boolean> {
  const [salt, expected] = (hash ?? `${"0".repeat(32)}$${"0".repeat(2 * LENGTH)}`).split("$");
  const key = await derive(password, salt!);
  return timingSafeEqual(key, Buffer.from(expected!, "hex")) && hash !== null;
}

/** Random letters and digits, as keys of tokens and secrets of clients have them. */
export function randomKey(length: number): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  let key = "";
  while (key.length < length) {
    for (const byte of randomBytes(length)) {
      // Others would make the first letters likelier.
      if (byte < 248 && key.length < length) key += letters[byte % 62]!;
    }
  }
  return key;
}
