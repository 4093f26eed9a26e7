import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "mocha";
import { loadManifest } from "../../../manifest/load";
import { sliceOf } from "../../../manifest/slice";
import { environment, evaluateHost, project, refusal, scratch, system, upload } from "../nix";
import { change, type Overrides } from "../samples";
import { all, database, ip, listens, route, secret } from "./films";

interface Unit {
  readonly environment: Record<string, string>;
  readonly unitConfig: Record<string, unknown>;
  readonly serviceConfig: Record<string, string[]>;
}

const of = <T>(expression: string, overrides: Overrides = {}) =>
  evaluateHost<T>(
    upload("films", change(all, { service: all.service, ...overrides })),
    "films",
    expression,
  );
const refused = (overrides: Overrides) =>
  refusal(upload("films", change(all, { service: all.service, ...overrides })), "films");

/** A file that a text of the host's configuration names, built. */
function builtFrom(text: string, name: RegExp): string {
  const host = `((import ${upload("films", all)}/flake.nix).outputs { self = null; nixpkgs = import ${project}/lab/nixos/eval { }; })`;
  const expression = `derivation {
    name = "text"; system = "x86_64-linux"; builder = "/bin/sh"; passAsFile = [ "text" ];
    text = ${host}.nixosConfigurations.films.config.${text}; args = [ "-c" "/bin/cp $textPath $out" ];
  }`;
  const file = execFileSync("nix-build", ["--no-out-link", "--expr", expression], {
    env: environment,
  });
  return name.exec(readFileSync(file.toString().trim(), "utf8"))![0];
}

/** The names of these programs' units, of those that the host has. */
const running = `lib.filter (name: systemd.services ? \${name})
  [ "jellyfin" "prowlarr" "radarr" "sonarr" "transmission" ]`;
const unit = (name: string) =>
  `{ inherit (systemd.services.${name}) environment unitConfig serviceConfig; }`;

describe("the media module", () => {
  it("runs a program for each route of its name, and no other", () => {
    assert.deepEqual(of(running), ["jellyfin", "prowlarr", "radarr", "sonarr", "transmission"]);
    const alone = { routes: route("sonarr", 8990) };
    assert.deepEqual(of(running, alone), ["sonarr"]);
    assert.match(of(system, alone), /^\/.*\.drv$/);
  });

  it("starts all of them with the service's unit, once their directories are there", () => {
    const { serviceConfig, unitConfig } = of<Unit>(unit("films"));
    assert.deepEqual([serviceConfig.Type, serviceConfig.RemainAfterExit], ["oneshot", true]);
    for (const name of of<string[]>(running)) {
      assert.ok((unitConfig.Wants as string[]).includes(`${name}.service`));
      const { Requires, After } = of<Unit>(unit(name)).unitConfig as Record<string, string[]>;
      assert.ok(Requires!.includes("films.service") && After!.includes("films.service"), name);
    }
  });

  it("keeps downloads and library in one mount, on the volume if there is one", () => {
    const where = (overrides: Overrides) =>
      of<[string, string[], string[]]>(
        `[ services.transmission.settings.download-dir
           systemd.services.sonarr.serviceConfig.ReadWritePaths
           systemd.services.radarr.serviceConfig.ReadWritePaths ]`,
        overrides,
      );
    const paths = (root: string) => [
      `${root}/downloads`,
      ["/var/lib/sonarr", root],
      ["/var/lib/radarr", root],
    ];
    assert.deepEqual(where({}), paths("/srv/media"));
    const tank = { tank: { path: "/tank" } };
    assert.deepEqual(where({ volumes: tank }), paths("/tank"));
    const both = { ...tank, media: { path: "/srv/films" } };
    assert.deepEqual(where({ volumes: both }), paths("/srv/films"));
    const others = { ...tank, vault: { path: "/vault" } };
    assert.match(refused({ volumes: others }), /Call that one `volumes\.media` in the manifest/);
  });

  it("lets Sonarr and Radarr link to what Transmission writes", () => {
    const masks =
      of(`[ services.transmission.settings.umask services.transmission.settings.incomplete-dir-enabled
      systemd.services.sonarr.serviceConfig.UMask systemd.services.radarr.serviceConfig.UMask ]`);
    assert.deepEqual(masks, [2, false, "0002", "0002"]);
    const groups = of(
      `map (name: services.\${name}.group) [ "jellyfin" "radarr" "sonarr" "transmission" ]`,
    );
    assert.deepEqual(groups, ["media", "media", "media", "media"]);
  });

  it("names the directories of each program's data", () => {
    const state = of<Record<string, { directory: string; units: string[] }>>("nixmox.state");
    assert.deepEqual(
      Object.entries(state).map(([name, { directory, units }]) => [name, directory, ...units]),
      [
        ["jellyfin", "/var/lib/jellyfin", "jellyfin.service"],
        ["prowlarr", "/var/lib/private/prowlarr", "prowlarr.service"],
        ["radarr", "/var/lib/radarr", "radarr.service"],
        ["sonarr", "/var/lib/sonarr", "sonarr.service"],
        ["transmission", "/var/lib/transmission", "transmission.service"],
      ],
    );
  });

  describe("Transmission", () => {
    let settings: Record<string, unknown>;
    before(() => {
      settings = of("services.transmission.settings");
    });

    it("listens where the manifest says, to the proxy and its own host alone", () => {
      assert.equal(settings["rpc-bind-address"], ip);
      assert.equal(settings["rpc-port"], 9092);
      assert.equal(settings["rpc-url"], "/transmission/");
      assert.equal(settings["rpc-whitelist-enabled"], true);
      assert.equal(settings["rpc-whitelist"], `127.0.0.1,${ip},10.20.30.5`);
      assert.equal(settings["rpc-host-whitelist-enabled"], true);
      assert.equal(settings["rpc-host-whitelist"], "transmission.home.example,films.home.example");
    });

    it("has its port for peers from the manifest, and asks no router for one", () => {
      const { "peer-port": peers, "peer-port-random-on-start": random } = settings;
      assert.deepEqual([peers, random], [51000, false]);
      assert.equal(settings["port-forwarding-enabled"], false);
      assert.deepEqual(of("networking.firewall.allowedUDPPorts"), []);
      assert.match(
        refused({ service: { ...all.service, listens: listens() } }),
        /one UDP port for its peers/,
      );
    });

    it("gets its password from the secret's file at each start, and nothing keeps the copy", () => {
      assert.equal(settings["rpc-authentication-required"], true);
      assert.equal(settings["rpc-password"], undefined);
      const { serviceConfig } = of<Unit>(unit("transmission"));
      assert.deepEqual(
        serviceConfig.ExecStartPre!.map((line) =>
          /^\+\/[^ ]*\/[0-9a-z]{32}-([a-z-]+)(?:\/bin\/rm)?( .*)?$/.exec(line)?.slice(1),
        ),
        [
          ["write-credentials", undefined],
          ["transmission-prestart", undefined],
          ["base-debian", " -f /run/transmission-credentials/settings.json"],
        ],
      );
    });

    it("needs no password where the proxy signs people in, and one where it does not", () => {
      const without = { secrets: { ...all.secrets, "transmission-password": undefined! } };
      const secrets = Object.fromEntries(
        Object.entries(without.secrets).filter(([, value]) => value !== undefined),
      );
      const routes = { ...all.routes, ...route("transmission", 9092) };
      const required = "services.transmission.settings.rpc-authentication-required";
      assert.equal(of(required, { secrets, routes }), false);
      assert.equal(of("services.transmission.credentialsFile", { secrets, routes }), "/dev/null");
      assert.match(
        refused({ secrets }),
        /everyone could use Transmission\. Set `interface\.secrets\.transmission-password/,
      );
    });
  });

  describe("Sonarr, Radarr and Prowlarr", () => {
    it("leave it to the proxy to sign people in, and refuse to run without", () => {
      const { environment } = of<Unit>(unit("sonarr"));
      assert.equal(environment.SONARR__AUTH__METHOD, "External");
      for (const [name, port] of [
        ["sonarr", 8990],
        ["radarr", 7879],
        ["prowlarr", 9697],
      ] as const) {
        const routes = { ...all.routes, ...route(name, port, false) };
        const message = new RegExp(`routes\\.${name}\\.auth\\.type = "forward_auth"`);
        assert.match(refused({ routes }), message);
      }
    });

    it("listen where the manifest says, below the route's path", () => {
      const { environment } = of<Unit>(unit("radarr"));
      const { RADARR__SERVER__BINDADDRESS, RADARR__SERVER__PORT, RADARR__SERVER__URLBASE } =
        environment;
      assert.deepEqual(
        [RADARR__SERVER__BINDADDRESS, RADARR__SERVER__PORT, RADARR__SERVER__URLBASE],
        [ip, "7879", "/films"],
      );
    });

    it("keep their data in two databases of one role, or in files of their own", () => {
      const { environment } = of<Unit>(unit("sonarr"));
      const own = Object.entries(environment).filter(([name]) => name.includes("__POSTGRES__"));
      assert.deepEqual(Object.fromEntries(own), {
        SONARR__POSTGRES__HOST: "postgresql.home.example",
        SONARR__POSTGRES__PORT: "5433",
        SONARR__POSTGRES__USER: "sonarr",
        SONARR__POSTGRES__MAINDB: "sonarr",
        SONARR__POSTGRES__LOGDB: "sonarr-log",
      });
      const files = Object.keys(of<Unit>(unit("prowlarr")).environment);
      assert.deepEqual(
        files.filter((name) => name.includes("__POSTGRES__")),
        [],
      );
    });

    it("get what is secret from a file of root's that is written at each start", () => {
      const { serviceConfig } = of<Unit>(unit("sonarr"));
      assert.deepEqual(serviceConfig.EnvironmentFile, ["-/run/sonarr-environment/environment"]);
      assert.match(serviceConfig.ExecStartPre!.join(), /^\+\S*-write-environment$/);
      const prowlarr = of<Unit>(unit("prowlarr")).serviceConfig;
      assert.deepEqual(prowlarr.EnvironmentFile, ["/srv/nixmox/secrets/prowlarr-api-key"]);
      assert.equal(prowlarr.ExecStartPre, undefined);
    });

    for (const [what, overrides, message] of [
      [
        "one database alone",
        { databases: database("sonarr", []) },
        /Set `interface\.dbs\.sonarr\.additionaldbs = \["sonarr-log"\]`/,
      ],
      [
        "a log's database of another role",
        { databases: { ...database("sonarr"), ...database("sonarr-log") } },
        /Remove `interface\.dbs\.sonarr-log`/,
      ],
      [
        "an API key in a variable that they do not read",
        { secrets: { ...all.secrets, ...secret("sonarr-api-key", "API_KEY") } },
        /Set `interface\.secrets\.sonarr-api-key\.env = "SONARR__AUTH__APIKEY"`/,
      ],
    ] as const satisfies readonly (readonly [string, Overrides, RegExp])[]) {
      it(`refuse ${what}`, () => assert.match(refused(overrides), message));
    }
  });

  describe("Jellyfin", () => {
    it("listens where the manifest says, and announces nothing", () => {
      const xml = readFileSync(
        builtFrom("systemd.services.jellyfin.preStart", /\S+-network\.xml/),
        "utf8",
      );
      for (const line of [
        "<InternalHttpPort>8097</InternalHttpPort>",
        "<AutoDiscovery>false</AutoDiscovery>",
        "<EnableUPnP>false</EnableUPnP>",
        `<LocalNetworkAddresses><string>${ip}</string></LocalNetworkAddresses>`,
        "<KnownProxies><string>10.20.30.5</string></KnownProxies>",
        "<string>all=https://jellyfin.home.example/</string>",
      ]) {
        assert.ok(xml.includes(line), xml);
      }
    });

    it("has its administrator's password from a secret before the proxy knows it", () => {
      const { ExecStartPost } = of<Unit>(unit("jellyfin")).serviceConfig;
      assert.match(ExecStartPost!.join(), /^\+\S*\/bin\/nixmox-jellyfin apply$/);
      const { "transmission-password": _, ...others } = all.secrets;
      assert.ok(others["jellyfin-password"]);
      const secrets = secret("transmission-password");
      assert.match(
        refused({ secrets }),
        /anyone who opened Jellyfin first would become its administrator/,
      );
    });

    it("refuses a database, which it cannot use", () => {
      assert.match(
        refused({ databases: database("jellyfin") }),
        /Remove `interface\.dbs\.jellyfin`/,
      );
    });
  });

  it("is what its example describes, beside the shipped manifest", () => {
    const folder = mkdtempSync(join(scratch, "media-"));
    const file = join(folder, "nixmox.toml");
    const texts = ["manifest/nixmox.toml", "nixos/modules/media/example.toml"];
    writeFileSync(file, texts.map((text) => readFileSync(join(project, text), "utf8")).join("\n"));
    const { manifest } = loadManifest(file);
    const service = manifest.services.find(({ name }) => name === "media")!;
    const key = "ssh-ed25519 AAAA root@lab";
    const flake = upload("media", sliceOf(manifest, service, [key]));
    const found = evaluateHost(flake, "media", `[ (${running}) (${system} != "") ]`);
    assert.deepEqual(found, [["jellyfin", "prowlarr", "radarr", "sonarr", "transmission"], true]);
  });

  describe("with a certificate", () => {
    const certificate = { certFile: "/srv/keys/server.crt", keyFile: "/srv/keys/server.key" };

    const overTls = (...names: string[]): Overrides => ({
      certificate,
      routes: Object.fromEntries(
        Object.entries(all.routes).map(([name, own]) => [
          name,
          { ...own, upstreamTls: names.includes(name) },
        ]),
      ),
    });

    it("serves TLS by Caddy, which alone reaches the programs whose routes ask for it", () => {
      const addresses = of(
        `[ services.transmission.settings.rpc-bind-address services.sonarr.settings.server.bindaddress ]`,
        overTls("sonarr"),
      );
      assert.deepEqual(addresses, [ip, "127.0.0.1"]);
      const sites = of<string>("services.caddy.extraConfig", overTls("sonarr"));
      assert.match(sites, /https:\/\/:8990 \{\n {2}bind 10\.20\.30\.15\n/);
      assert.match(
        sites,
        /reverse_proxy 127\.0\.0\.1:8990 \{\n {4}trusted_proxies 10\.20\.30\.5\n/,
      );
      assert.equal(sites.match(/https:/g)!.length, 1);
      const { LoadCredential } = of<Unit>(unit("caddy"), overTls("sonarr")).serviceConfig;
      assert.deepEqual(LoadCredential, [
        "certificate:/srv/keys/server.crt",
        "key:/srv/keys/server.key",
      ]);
    });

    it("has no Caddy without one", () => {
      assert.equal(of("services.caddy.enable"), false);
    });
  });

  for (const [what, overrides, message] of [
    [
      "a host without any program",
      { routes: {} },
      /Set one or more of `interface\.routes\.jellyfin`/,
    ],
    [
      "a route to another host",
      { routes: { ...all.routes, sonarr: { ...all.routes.sonarr, upstream: "10.20.30.99:8989" } } },
      /Set `interface\.routes\.sonarr\.upstream = "10\.20\.30\.15:8989"`/,
    ],
    [
      "two programs at one port",
      { routes: { ...all.routes, ...route("radarr", 8990) } },
      /radarr cannot listen on the port of sonarr/,
    ],
    [
      "two programs at one port, of which one is where it usually is",
      { routes: { ...all.routes, ...route("radarr", 8989), ...route("sonarr", 8989) } },
      /^(?![^]*sonarr cannot)[^]*radarr cannot listen on the port of sonarr/,
    ],
    [
      "one program's unit as the service's",
      { service: { ...all.service, unit: "sonarr.service" } },
      /Leave `unit` out of the manifest/,
    ],
    [
      "a client of the identity provider",
      { signIns: { default: {} } },
      /none of its programs is a client of the identity provider/,
    ],
  ] as const satisfies readonly (readonly [string, Overrides, RegExp])[]) {
    it(`refuses ${what}`, () => assert.match(refused(overrides), message));
  }
});
