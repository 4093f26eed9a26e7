import { join } from "node:path";
import { openPulumi } from "./session";
import { endWith } from "./command";

/** `npm run --silent secret -- SERVICE NAME`: prints one secret of the stack `dev`, and nothing else. */
async function secret([service = "", name = ""]: readonly string[]): Promise<void> {
  const { read } = await openPulumi(join(__dirname, ".."), { quiet: true });
  const args = ["stack", "output", "secrets", "--show-secrets", "--json", "--stack", "dev"];
  const secrets = JSON.parse(read(args)) as Record<string, Record<string, string>>;
  const value = secrets[service]?.[name];
  if (value === undefined) {
    const known = Object.entries(secrets).flatMap(([s, table]) =>
      Object.keys(table).map((n) => `  ${s} ${n}`),
    );
    throw new Error(
      `Unable to print secret ${service} ${name}: there is none. There are:\n${known.join("\n")}`,
    );
  }
  process.stdout.write(value);
}

endWith(secret(process.argv.slice(2)));
