import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createServer } from "node:net";

/** Whether a port on the loopback address is free to listen on. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

function socketsOn(port: number): Set<string> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const inodes = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((file) =>
    readFileSync(file, "utf8")
      .split("\n")
      .map((line) => line.trim().split(/\s+/))
      // State 0A is a listening socket.
      .filter((fields) => fields[1]?.endsWith(suffix) && fields[3] === "0A")
      .map((fields) => `socket:[${fields[9]}]`),
  );
  return new Set(inodes);
}

function holds(pid: string, sockets: ReadonlySet<string>): boolean {
  try {
    const dir = `/proc/${pid}/fd`;
    return readdirSync(dir).some((fd) => sockets.has(readlinkSync(`${dir}/${fd}`)));
  } catch {
    // It ended in the meantime.
    return false;
  }
}

/** The process that listens on a port, as `name (pid 123)`, if it can be found. */
export function listenerOn(port: number): string | undefined {
  const sockets = socketsOn(port);
  const pid = readdirSync("/proc").find((name) => /^\d+$/.test(name) && holds(name, sockets));
  if (pid === undefined) return undefined;
  return `${readFileSync(`/proc/${pid}/comm`, "utf8").trim()} (pid ${pid})`;
}
