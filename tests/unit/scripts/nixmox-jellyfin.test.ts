import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";

const script = resolve(__dirname, "../../../nixos/modules/media/nixmox-jellyfin.sh");
const [first, second] = [`p"a\\ss w'örd:$(id)`, "another one"];

/** What of Jellyfin's API the script uses, after the requests of `@jellyfin/sdk`. */
class Jellyfin {
  completed = false;
  /** Empty until its wizard's page was asked for. */
  name = "";
  password = "";
  automaticPorts: unknown;
  readonly tokens = new Set<string>();
  readonly asked: string[] = [];
  /** Requests that it cannot answer yet. */
  starting = 0;

  answer(
    route: string,
    token: string,
    body: Readonly<Record<string, string | boolean>>,
  ): [number, unknown?] {
    this.asked.push(route);
    if (this.starting-- > 0) return [503];
    if (route.includes(" /Startup/") && this.completed) return [401];
    switch (route) {
      case "GET /System/Info/Public":
        return [200, { StartupWizardCompleted: this.completed }];
      case "GET /Startup/Configuration":
        return [200, { UICulture: "en-US", MetadataCountryCode: "US" }];
      case "POST /Startup/Configuration":
        return [body.UICulture === "en-US" ? 204 : 400];
      case "GET /Startup/User":
        this.name = "root";
        return [200, { Name: this.name }];
      case "POST /Startup/User":
        if (this.name === "" || !body.Password) return [500];
        this.name = String(body.Name);
        this.password = String(body.Password);
        return [204];
      case "POST /Startup/RemoteAccess":
        this.automaticPorts = body.EnableAutomaticPortMapping;
        return [204];
      case "POST /Startup/Complete":
        this.completed = true;
        return [204];
      case "POST /Users/AuthenticateByName": {
        if (body.Username !== this.name || body.Pw !== this.password) return [401];
        const fresh = `token-${this.asked.length}`;
        this.tokens.add(fresh);
        return [200, { AccessToken: fresh }];
      }
      case "POST /Users/Password":
        if (!this.tokens.has(token)) return [401];
        if (body.CurrentPw !== this.password) return [403];
        this.password = String(body.NewPw);
        this.tokens.clear();
        this.tokens.add(token);
        return [204];
      case "POST /Sessions/Logout":
        return [this.tokens.delete(token) ? 204 : 401];
      default:
        return [404];
    }
  }
}

describe("nixos/modules/media/nixmox-jellyfin.sh", () => {
  let jellyfin: Jellyfin;
  let server: Server;
  let folder: string;
  let url: string;

  beforeEach(async () => {
    jellyfin = new Jellyfin();
    folder = mkdtempSync(join(tmpdir(), "nixmox-jellyfin-"));
    server = createServer((request, response) => {
      let text = "";
      request.on("data", (data: Buffer) => (text += data.toString()));
      request.on("end", () => {
        const { method, headers } = request;
        const [, client, token = ""] =
          /^MediaBrowser (Client="nixmox", Device="nixmox", DeviceId="nixmox", Version="1")(?:, Token="([^"]+)")?$/.exec(
            headers.authorization ?? "",
          ) ?? [];
        const body = text === "" ? {} : (JSON.parse(text) as Record<string, string | boolean>);
        const [status, value] = client
          ? jellyfin.answer(`${method} ${request.url}`, token, body)
          : [400];
        response.writeHead(status).end(value === undefined ? "" : JSON.stringify(value));
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    writeFileSync(join(folder, "password"), first);
  });
  afterEach(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });

  const accepted = () => join(folder, "root", "password");
  const run = (command: string, stdin = "") =>
    new Promise<{ code: number; said: string }>((done) => {
      const env = {
        PATH: process.env.PATH,
        url,
        user: "admin",
        file: join(folder, "password"),
        accepted: accepted(),
      };
      const child = execFile(
        "bash",
        ["-euo", "pipefail", script, command],
        { env },
        (error, stdout, stderr) => done({ code: Number(error?.code ?? 0), said: stdout + stderr }),
      );
      child.stdin!.on("error", () => undefined).end(stdin);
    });
  const apply = async () => assert.deepEqual(await run("apply"), { code: 0, said: "" });

  it("answers the wizard of a new one, once it answers, and leaves nobody signed in", async () => {
    jellyfin.starting = 2;
    await apply();
    assert.deepEqual([jellyfin.name, jellyfin.password], ["admin", first]);
    assert.deepEqual([jellyfin.completed, jellyfin.automaticPorts], [true, false]);
    assert.equal(jellyfin.tokens.size, 0);
    assert.equal(readFileSync(accepted(), "utf8"), first);
    assert.equal(statSync(accepted()).mode & 0o777, 0o400);
  });

  it("leaves one that accepts the password as it is", async () => {
    await apply();
    const before = jellyfin.asked.length;
    writeFileSync(join(folder, "password"), `${first}\n`);
    await apply();
    assert.deepEqual(jellyfin.asked.slice(before), [
      "GET /System/Info/Public",
      "POST /Users/AuthenticateByName",
      "POST /Sessions/Logout",
    ]);
  });

  it("sets another password with the one before, and signs out everyone who used that", async () => {
    await apply();
    jellyfin.tokens.add("of a thief");
    writeFileSync(join(folder, "password"), second);
    await apply();
    assert.equal(jellyfin.password, second);
    assert.equal(jellyfin.tokens.size, 0);
    assert.equal(readFileSync(accepted(), "utf8"), second);
  });

  it("says what to do where it knows no password that is accepted", async () => {
    await apply();
    jellyfin.password = "changed by somebody";
    const { code, said } = await run("apply");
    assert.equal(code, 1);
    assert.match(said, /accepts neither the one in the file nor the one before/);
    assert.ok(!said.includes(first));
    assert.equal(jellyfin.password, "changed by somebody");
  });

  it("tells whether a password is accepted", async () => {
    await apply();
    assert.deepEqual(await run("verify", first), { code: 0, said: "" });
    assert.equal((await run("verify", second)).code, 1);
    assert.equal((await run("verify")).code, 2);
    assert.equal(jellyfin.tokens.size, 0);
    jellyfin.starting = 100;
    assert.equal((await run("verify", first)).code, 2);
  });
});
