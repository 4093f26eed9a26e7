import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import { after, before, describe, it } from "mocha";

const script = resolve(__dirname, "../../../nixos/modules/base/nixmox-login.sh");
const password = `p"a\\ss w'örd:$(id)`;

describe("nixos/modules/base/nixmox-login.sh", () => {
  let server: Server;
  let base: string;

  before(async () => {
    server = createServer(({ headers: { authorization = "" }, url }, response) => {
      const [, sent = ""] = authorization.split(" ");
      const isRight = Buffer.from(sent, "base64").toString() === `admin:${password}`;
      const paths: Record<string, number> = { "/moved": 302, "/broken": 500, "/secret": 403 };
      response.writeHead(paths[url!] ?? (isRight ? 200 : 401), { location: "/" }).end("a page");
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  after(() => server.close());

  const login = (stdin: string, ...words: string[]) =>
    new Promise<{ code: number; said: string }>((done) => {
      const options = ["-euo", "pipefail", script, ...words];
      const child = execFile("bash", options, (error, stdout, stderr) =>
        done({ code: Number(error?.code ?? 0), said: stdout + stderr }),
      );
      // Called wrongly, it ends without reading.
      child.stdin!.on("error", () => undefined).end(stdin);
    });

  it("succeeds, without a word, with the right password, whatever its characters", async () => {
    assert.deepEqual(await login(password, "admin", `${base}/`), { code: 0, said: "" });
    assert.deepEqual(await login(`${password}\n`, "admin", `${base}/`), { code: 0, said: "" });
  });

  it("tells a refusal from a service that cannot be asked", async () => {
    const refused = await login("wrong", "admin", `${base}/`);
    assert.equal(refused.code, 1);
    assert.match(refused.said, /refuses the password of admin/);
    assert.ok(!refused.said.includes("wrong"));
    assert.equal((await login("wrong", "admin", `${base}/secret`)).code, 1);
    for (const path of ["/moved", "/broken"]) {
      assert.equal((await login(password, "admin", base + path)).code, 2, path);
    }
    assert.equal((await login("", "admin", `${base}/`)).code, 2);
    assert.equal((await login(password, "admin")).code, 2);
  });
});
