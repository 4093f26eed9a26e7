import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before, it } from "mocha";
import type { Homelab } from "../homelab/homelab";
import { ask } from "../homelab/web";
import type { SitePart } from "./part";

/** Transmission alone, of the module's programs: the lab has no packages of the others. */
const manifest = `
[services.media]
ip = "192.168.99.116"
ports = [9091, { port = 51413, protocol = "udp", from = ["default"] }]
volumes.media = { path = "/srv/media", size_gb = 1 }
[services.media.interface]
auth = { type = "forward_auth", groups = ["operators"] }
routes.transmission = { upstream_tls = true, public_paths = ["/transmission/rpc"] }
secrets.transmission-password.restart = ["transmission.service"]
secrets.transmission-password.verify = "nixmox-login media http://127.0.0.1:9091/transmission/web/"
health.readiness = "systemctl is-active --quiet transmission.service"
`;

/** What is downloaded, of two pieces. */
const content = Buffer.alloc(48 * 1024, "A film of a few kilobytes. ");
const pieceLength = 32 * 1024;

/** A value as BitTorrent writes it. */
function bencode(value: string | number | Buffer | Readonly<Record<string, unknown>>): Buffer {
  if (typeof value === "number") return Buffer.from(`i${value}e`);
  if (typeof value === "string") return bencode(Buffer.from(value));
  if (Buffer.isBuffer(value)) return Buffer.concat([Buffer.from(`${value.length}:`), value]);
  const keys = Object.keys(value).sort();
  const parts = keys.flatMap((key) => [bencode(key), bencode(value[key] as string)]);
  return Buffer.concat([Buffer.from("d"), ...parts, Buffer.from("e")]);
}

/** A torrent without a tracker, whose file a web server has. */
function torrent(url: string): Buffer {
  const pieces = [content.subarray(0, pieceLength), content.subarray(pieceLength)].map((piece) =>
    createHash("sha1").update(piece).digest(),
  );
  return bencode({
    "url-list": url,
    info: {
      name: "film.mkv",
      length: content.length,
      "piece length": pieceLength,
      pieces: Buffer.concat(pieces),
    },
  });
}

/** A web server on this machine with the file; it answers requests for parts of it. */
async function serve(): Promise<Server> {
  const server = createServer(({ headers: { range = "" } }, response) => {
    const [, first = "0", last = `${content.length - 1}`] = /bytes=(\d+)-(\d+)/.exec(range) ?? [];
    response.writeHead(206, { "Content-Range": `bytes ${first}-${last}/${content.length}` });
    response.end(content.subarray(Number(first), Number(last) + 1));
  });
  await new Promise<void>((resolve) => server.listen(0, "0.0.0.0", resolve));
  return server;
}

interface Answer {
  readonly status: number | undefined;
  readonly session: string | undefined;
  readonly body: string;
}

interface Torrent {
  readonly name: string;
  readonly percentDone: number;
  readonly downloadDir: string;
  readonly errorString: string;
}

/** Transmission's answers to a remote control, through the proxy. */
class Remote {
  constructor(
    /** The proxy's address, and the authority that certifies it. */
    private readonly proxy: { readonly host: string; readonly ca: string },
    private readonly password: string,
    private readonly user = "media",
  ) {}

  /** The status of a call without the token against forged requests: 409 if the password is accepted. */
  async status(): Promise<number | undefined> {
    return (await this.post("", "{}")).status;
  }

  async call<T>(method: string, given: object): Promise<T> {
    const { session = "" } = await this.post("", "{}");
    const { status, body } = await this.post(session, JSON.stringify({ method, arguments: given }));
    assert.equal(status, 200, body);
    const { result, arguments: answer } = JSON.parse(body) as { result: string; arguments: T };
    assert.equal(result, "success");
    return answer;
  }

  private post(session: string, text: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const request = https.request(
        {
          ...this.proxy,
          servername: "transmission.nixmox.lan",
          path: "/transmission/rpc",
          method: "POST",
          auth: `${this.user}:${this.password}`,
          headers: { Host: "transmission.nixmox.lan", "X-Transmission-Session-Id": session },
          agent: false,
          timeout: 10_000,
        },
        (response) => {
          let body = "";
          response.on("data", (data: Buffer) => (body += data.toString()));
          response.on("end", () => {
            const id = response.headers["x-transmission-session-id"];
            resolve({ status: response.statusCode, session: String(id ?? ""), body });
          });
        },
      );
      request.on("error", reject);
      request.on("timeout", () => request.destroy(new Error("no answer in 10 s")));
      request.end(text);
    });
  }
}

async function passwordOf(lab: Homelab): Promise<string> {
  const { media } = await lab.output<Record<string, Record<string, string>>>("secrets");
  return media!["transmission-password"]!;
}

function describeMedia(lab: () => Homelab): void {
  let server: Server;
  let url: string;
  let address: string;
  let password: string;
  let proxy: { host: string; ca: string };
  before(async () => {
    const { media, caddy } = await lab().services();
    address = media!.address;
    password = await passwordOf(lab());
    proxy = { host: caddy!.address, ca: await lab().output("caCertificate") };
    server = await serve();
    const { port } = server.address() as AddressInfo;
    url = `http://${address.replace(/\d+$/, "1")}:${port}/film.mkv`;
  });
  after(() => server.close());

  const inside = (script: string, stdin = "") => lab().on(address, script, stdin);
  const torrents = async () => {
    const fields = ["name", "percentDone", "downloadDir", "errorString"];
    const remote = new Remote(proxy, password);
    return (await remote.call<{ torrents: Torrent[] }>("torrent-get", { fields })).torrents;
  };

  it("lets nobody see its pages who has not signed in", async () => {
    const page = "https://transmission.nixmox.lan/transmission/web/";
    const { status, headers } = await ask(page, proxy.host, proxy.ca);
    assert.equal(status, 302);
    assert.equal(new URL(headers.location!).origin, "https://authentik.nixmox.lan");
  });

  it("takes commands with its password alone", async () => {
    assert.equal(await new Remote(proxy, password).status(), 409);
    assert.equal(await new Remote(proxy, "wrong").status(), 401);
    assert.equal(await new Remote(proxy, password, "admin").status(), 401);
  });

  it("is reached by the proxy's TLS alone: its own port is the host's", async () => {
    const { stdout } = await inside("ss --listening --tcp --numeric --no-header 'sport = 9091'");
    const listening = stdout
      .trim()
      .split("\n")
      .map((line) => line.split(/ +/)[3]);
    assert.deepEqual(listening.sort(), ["127.0.0.1:9091", `${address}:9091`].sort());
    const login = "nixmox-login media http://127.0.0.1:9091/transmission/web/";
    assert.equal((await inside(login, password)).status, 0);
    assert.equal((await inside(login, "wrong")).status, 1);
  });

  it("downloads to the volume, for all of its group", async () => {
    const metainfo = torrent(url).toString("base64");
    await new Remote(proxy, password).call("torrent-add", { metainfo });
    let found: Torrent[] = [];
    for (let tries = 0; tries < 60 && found[0]?.percentDone !== 1; tries++) {
      await sleep(500);
      found = await torrents();
    }
    assert.deepEqual(found, [
      { name: "film.mkv", percentDone: 1, downloadDir: "/srv/media/downloads", errorString: "" },
    ]);
    const { stdout } = await inside(
      "cd /srv/media && stat -c '%U %G %a %n' downloads downloads/film.mkv && sha1sum <downloads/film.mkv && mountpoint .",
    );
    const sum = createHash("sha1").update(content).digest("hex");
    assert.equal(
      stdout,
      `root media 2770 downloads\ntransmission media 664 downloads/film.mkv\n${sum}  -\n. is a mountpoint\n`,
    );
  });

  it("lets another program of the group give it a second name in the library", async () => {
    const sonarr =
      "systemd-run --quiet --wait --pipe --collect --uid=nobody --gid=media --property=ProtectSystem=strict --property=PrivateUsers=yes --property=ReadWritePaths=/srv/media";
    const { status, stderr } = await inside(
      `${sonarr} ln /srv/media/downloads/film.mkv /srv/media/library/movies/film.mkv`,
    );
    assert.equal(status, 0, stderr);
    const { stdout } = await inside("stat -c %h /srv/media/library/movies/film.mkv");
    assert.equal(stdout, "2\n");
  });

  it("reads its password whenever the service starts, and has its downloads then", async () => {
    const file = "/var/lib/nixmox/secrets/transmission-password";
    const login = "nixmox-login media http://127.0.0.1:9091/transmission/web/";
    const start = async (value: string) => {
      const restart = "systemctl restart media && systemctl start transmission caddy";
      const script = `cat >${file} && ${restart} && ${login} <${file}`;
      const { status, stderr } = await inside(script, value);
      assert.equal(status, 0, stderr);
    };
    const [old, other] = [password, "another-{password}-4c1d"];
    try {
      await start(other);
      password = other;
      assert.equal(await new Remote(proxy, old).status(), 401);
      const found = (await torrents()).map(({ name, percentDone }) => [name, percentDone]);
      assert.deepEqual(found, [["film.mkv", 1]]);
    } finally {
      password = old;
      await start(old);
    }
    assert.equal(await new Remote(proxy, other).status(), 401);
  });

  it("has its password in the secret's file alone: its settings have a hash", async () => {
    const places = "/etc /home /opt /root /run /srv /tmp /var/lib";
    const { stdout } = await inside(
      `grep -rlFf - ${places} 2>/dev/null | xargs stat -c '%U %a %n'`,
      password,
    );
    assert.equal(stdout, "root 400 /var/lib/nixmox/secrets/transmission-password\n");
  });
}

/** A host of several programs, of which the lab can run Transmission. */
export const media: SitePart = {
  name: "a host that downloads torrents",
  manifest,
  describe: describeMedia,
};
