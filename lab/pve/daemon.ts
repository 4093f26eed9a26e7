/**
 * The lab's API, as a process of its own: `daemon.ts DIR [boot]`. With `boot` it first starts the
 * containers that are to start with their node.
 */
import { mkdirSync, readdirSync, rmSync, watch } from "node:fs";
import { join, resolve } from "node:path";
import { messageOf } from "../../cli/command";
import { LabError } from "../errors";
import { readLab } from "../info";
import { labPaths } from "../paths";
import { bootOrder, startAll } from "./boot";
import { Cluster } from "./cluster";
import { beginStart } from "./guests/power";
import { createApi } from "./server";
import { Session, Sessions } from "./session";

/** Restarts containers that rebooted themselves. */
function watchReboots(cluster: Cluster): void {
  const { events } = cluster.paths;
  mkdirSync(events, { recursive: true });
  const handle = async (name: string): Promise<void> => {
    rmSync(join(events, name), { force: true });
    const vmid = Number(name);
    const node = cluster.store.find(vmid);
    if (node === undefined) return;
    for (let i = 0; i < 100 && (await cluster.containers.inspect(vmid)).running; i++) {
      await new Promise((done) => setTimeout(done, 50));
    }
    beginStart(cluster, Session.root(), node, vmid);
  };
  const scan = () => {
    for (const name of readdirSync(events)) {
      handle(name).catch((error: unknown) => console.error(messageOf(error)));
    }
  };
  watch(events, scan);
  scan();
}

function main([dir = "", boot]: string[]): void {
  process.umask(0o022);
  const paths = labPaths(resolve(dir));
  const info = readLab(paths.dir);
  if (!info) throw new LabError(`Unable to serve the lab: ${paths.info} does not exist.`);
  const cluster = new Cluster(paths, info, new Sessions(paths));
  const server = createApi(cluster);
  server.on("error", (error) => {
    console.error(error.message);
    process.exit(1);
  });
  server.listen(info.port, "127.0.0.1", () => {
    watchReboots(cluster);
    cluster.firewall.enforce().catch((error: unknown) => {
      console.error(messageOf(error));
      process.exit(1);
    });
    if (boot === "boot" && bootOrder(cluster).length > 0) startAll(cluster);
  });
  const end = () => {
    server.close();
    void cluster.tasks.idle().then(() => process.exit(0));
  };
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
}

main(process.argv.slice(2));
