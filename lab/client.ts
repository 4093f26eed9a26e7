import { readFileSync } from "node:fs";
import { request } from "node:https";
import { labPaths } from "./paths";

/** Asks the lab's own API, with its token. */
export function ask<T>(dir: string, port: number, path: string): Promise<T> {
  const paths = labPaths(dir);
  const token = readFileSync(paths.token, "utf8").trim();
  const options = {
    host: "127.0.0.1",
    port,
    path: `/api2/json${path}`,
    ca: readFileSync(paths.certificate),
    headers: { authorization: `PVEAPIToken=${token}` },
    timeout: 10_000,
  };
  return new Promise((resolve, reject) => {
    const sent = request(options, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("end", () => {
        if (response.statusCode !== 200) reject(new Error(`${response.statusMessage}`));
        else resolve((JSON.parse(text) as { data: T }).data);
      });
    });
    sent.on("timeout", () => sent.destroy(new Error("no answer")));
    sent.on("error", reject);
    sent.end();
  });
}
