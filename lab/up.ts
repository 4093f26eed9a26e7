import { join } from "node:path";
import { openLab } from "./session";
import { statusTable } from "./table";
import { endWith } from "./command";

/**
 * `npm run up`: everything from a fresh machine to services that people can log in to.
 * Whatever is there already is left as it is.
 */
async function up(): Promise<void> {
  const session = await openLab(join(__dirname, ".."));
  session.step("Bringing the manifest to life (pulumi up --stack dev)");
  const { status } = session.pulumi([
    "up",
    "--stack",
    "dev",
    "--yes",
    "--suppress-outputs",
    ...process.argv.slice(2),
  ]);
  if (status !== 0) {
    throw new Error(
      "Unable to bring the manifest to life: pulumi up failed (above). " +
        "Mend what it names and run npm run up again; it goes on from there.",
    );
  }
  const table = await statusTable(session);
  console.log(`\n${table}`);
  if (table.includes("NOT HEALTHY")) process.exitCode = 1;
}

endWith(up());
