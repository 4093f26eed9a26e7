import { existsSync } from "node:fs";
import { join } from "node:path";
import { applyBlueprints } from "./defaults";
import { SettingError, settingsOf, type Settings } from "./environment";
import { OpenApi } from "./openapi";
import { PostgresStore } from "./postgresStore";
import { SchemaFile } from "./schemaFile";
import { authentikServer } from "./server";
import { createRecoveryLink } from "./web/flows";

const log = (line: string): void => console.error(line);

/** Beside the program where the lab has put it; else in the client's package. */
function officialSchema(): OpenApi {
  const beside = join(__dirname, "schema.yml");
  return new OpenApi(existsSync(beside) ? new SchemaFile(beside) : new SchemaFile());
}

async function open(settings: Settings): Promise<PostgresStore> {
  const store = new PostgresStore(settings.postgresql);
  await store.migrate();
  return store;
}

/** What a process does until it is told to stop. */
function untilStopped(): Promise<void> {
  const alive = setInterval(() => undefined, 60_000);
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      process.once(signal, () => {
        clearInterval(alive);
        resolve();
      });
    }
  });
}

const commands: Readonly<Record<string, (args: string[]) => Promise<void>>> = {
  async migrate() {
    const store = await open(settingsOf(process.env));
    await store.close();
  },

  async server() {
    const settings = settingsOf(process.env);
    const store = await open(settings);
    const server = authentikServer({ store, settings, schema: officialSchema(), log });
    const { host, port } = settings.http;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject).listen(port, host, resolve);
    });
    log(`Listening on ${host}:${port}. This is a stand-in for Authentik, which only the lab runs.`);
    await untilStopped();
    server.close();
    server.closeAllConnections();
    await store.close();
  },

  /** The defaults are all that a worker does here. */
  async worker() {
    const settings = settingsOf(process.env);
    const store = await open(settings);
    await applyBlueprints(store, settings);
    log("The default blueprints are applied.");
    await untilStopped();
    await store.close();
  },

  async create_recovery_key([minutes, username = ""]) {
    const store = await open(settingsOf(process.env));
    const path = await createRecoveryLink(store, username, Number(minutes));
    await store.close();
    if (path === undefined) throw new SettingError(`User ${username} does not exist.`);
    console.log(
      `Store this link safely, as it will allow anyone to access authentik as ${username}.`,
    );
    console.log(path);
  },
};

async function main([name = "", ...args]: string[]): Promise<void> {
  const command = commands[name];
  if (!command) {
    const known = Object.keys(commands).join(", ");
    throw new SettingError(`Unable to run ak ${name}: the lab's stand-in has ${known}.`);
  }
  await command(args);
}

main(process.argv.slice(2)).catch((error: Error) => {
  log(error instanceof SettingError ? error.message : (error.stack ?? error.message));
  process.exitCode = 1;
});
