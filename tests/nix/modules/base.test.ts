import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { evaluateHost, refusal, upload } from "../nix";
import { change, samples } from "../samples";

describe("the base module", () => {
  let flake: string;
  before(() => (flake = upload("miniflux", samples.miniflux)));
  const of = <T>(expression: string, directory = flake, host = "miniflux") =>
    evaluateHost<T>(directory, host, expression);

  it("calls the host by its short name", () => {
    assert.equal(of("networking.hostName"), "miniflux");
  });

  it("uses the resolvers from the manifest", () => {
    assert.deepEqual(of("networking.nameservers"), ["10.20.30.3"]);
    assert.deepEqual(of("networking.search"), ["home.example"]);
    assert.deepEqual(of("networking.nameservers", upload("dns", samples.dns), "dns"), ["9.9.9.9"]);
  });

  it("asks others than the homelab's resolver where that is down, but not for names of the homelab", () => {
    const network = { foreignNameservers: ["9.9.9.9"], forwardedZones: ["corp.example"] };
    const host = upload("miniflux", change(samples.miniflux, { network }));
    const { settings } = of<{ settings: { Resolve: Record<string, unknown> } }>(
      "{ inherit (services.resolved) settings; }",
      host,
    );
    assert.deepEqual(settings.Resolve, {
      DNS: ["10.20.30.3", "9.9.9.9"],
      Domains: ["~."],
      FallbackDNS: [],
      LLMNR: false,
      MulticastDNS: false,
    });
    const text = (of_: string, name: string) =>
      of<string>('environment.etc."systemd/dns-delegate.d/homelab.dns-delegate".text', of_, name);
    const delegate = text(host, "miniflux");
    assert.match(delegate, /^DNS=10\.20\.30\.3$/m);
    assert.match(delegate, /^Domains=home\.example ~corp\.example ~10\.in-addr\.arpa /m);
    assert.match(delegate, / ~31\.172\.in-addr\.arpa$/m);
    assert.match(delegate, /^DefaultRoute=no$/m);
    // The resolver's host knows the names of the homelab itself.
    assert.match(text(upload("dns", samples.dns), "dns"), /^DNS=10\.20\.30\.3$/m);
  });

  it("leaves its network to Proxmox VE, or sets it as the manifest says", () => {
    assert.equal(of("configuration.proxmoxLXC.manageNetwork"), false);
    assert.deepEqual(of("networking.interfaces"), {});
    const network = { managedBy: "nixos", mtu: 1400, cidr: "10.20.16.0/20" } as const;
    const host = upload("miniflux", change(samples.miniflux, { network }));
    assert.equal(of("configuration.proxmoxLXC.manageNetwork", host), true);
    assert.deepEqual(of("networking.interfaces", host), {
      eth0: { ipv4: { addresses: [{ address: "10.20.30.15", prefixLength: 20 }] }, mtu: 1400 },
    });
    assert.deepEqual(of("networking.defaultGateway", host), {
      address: "10.20.30.1",
      interface: "eth0",
    });
    assert.equal(of("networking.useNetworkd", host), true);
  });

  it("has the manifest's time zone, and a journal that leaves room for the store", () => {
    assert.equal(of("configuration.time.timeZone"), "UTC");
    const host = upload(
      "miniflux",
      change(samples.miniflux, { network: { timeZone: "Asia/Tokyo" } }),
    );
    assert.equal(of("configuration.time.timeZone", host), "Asia/Tokyo");
    assert.match(of("services.journald.extraConfig"), /^SystemMaxUse=256M$/m);
  });

  it("has the links that a login needs after a reboot", () => {
    const rules = of<string[]>("systemd.tmpfiles.rules").filter((rule) => / \/run\//.test(rule));
    assert.deepEqual(rules, [
      "L+! /run/current-system - - - - /nix/var/nix/profiles/system",
      "L+! /run/booted-system - - - - /nix/var/nix/profiles/system",
    ]);
  });

  it("keeps what a disk of the default size can hold, and generations to go back to", () => {
    assert.equal(of("configuration.nix.gc.automatic"), true);
    assert.equal(of("configuration.nix.gc.dates"), "weekly");
    const settings = of<Record<string, number>>("configuration.nix.settings");
    assert.equal(settings["min-free"], 512 * 1024 * 1024);
    assert.ok(settings["max-free"]! < (8 * 1024 ** 3) / 2);
    assert.match(
      of("systemd.services.nix-gc.preStart"),
      /nix-env --profile \/nix\/var\/nix\/profiles\/system \\\n +--delete-generations \+5\n/,
    );
  });

  it("lets root in with the manifest's keys alone", () => {
    assert.deepEqual(of("services.openssh.settings"), {
      AllowAgentForwarding: false,
      AllowStreamLocalForwarding: "local",
      AllowTcpForwarding: "local",
      AuthenticationMethods: "publickey",
      KbdInteractiveAuthentication: false,
      LogLevel: "VERBOSE",
      LoginGraceTime: 30,
      MaxAuthTries: 4,
      MaxStartups: "100:30:200",
      PasswordAuthentication: false,
      PerSourceMaxStartups: 20,
      PermitRootLogin: "prohibit-password",
      X11Forwarding: false,
    });
    assert.deepEqual(
      of("configuration.users.users.root.openssh.authorizedKeys.keys"),
      samples.miniflux.network.sshKeys,
    );
    assert.equal(of("services.openssh.authorizedKeysInHomedir"), false);
  });

  it("keeps the container's own key if the manifest names none", () => {
    const directory = upload("miniflux", change(samples.miniflux, { network: { sshKeys: [] } }));
    assert.equal(of("services.openssh.authorizedKeysInHomedir", directory), true);
  });

  it("opens nothing but SSH, to the network, and what fragments say", () => {
    assert.deepEqual(of("networking.firewall.allowedTCPPorts"), []);
    assert.deepEqual(of<string>("networking.firewall.extraInputRules").trim().split("\n"), [
      'ip saddr { 10.20.30.0/24 } tcp dport 22 accept comment "SSH"',
      'include "/srv/nixmox/firewall/*.nft"',
    ]);
    assert.equal(of('environment.etc."nixmox/ssh-from".text'), "10.20.30.0/24\n");
  });

  it("learns routes and routers from no one", () => {
    const sysctl = of<Record<string, number>>("configuration.boot.kernel.sysctl");
    for (const name of ["all", "default", "eth0"]) {
      assert.equal(sysctl[`net.ipv6.conf.${name}.accept_ra`], 0);
      assert.equal(sysctl[`net.ipv6.conf.${name}.accept_redirects`], 0);
      assert.equal(sysctl[`net.ipv4.conf.${name}.accept_redirects`], 0);
    }
    const { family, content } = of<{ family: string; content: string }>(
      "networking.nftables.tables.nixmox-routing",
    );
    assert.equal(family, "inet");
    assert.match(content, /hook input priority filter - 10;[^]*nd-router-advert[^}]*} drop/);
  });

  it("lets a host file restrict SSH further, but refuses to lock everyone out", () => {
    const directory = (sources: string) =>
      upload("miniflux", samples.miniflux, {
        "nixos/hosts/miniflux.nix": `{ lib, ... }: { nixmox.network.sshSources = lib.mkForce ${sources}; }`,
      });
    assert.match(
      of<string>("networking.firewall.extraInputRules", directory('[ "10.20.30.9/32" ]')),
      /^ip saddr \{ 10\.20\.30\.9\/32 \} tcp dport 22 accept/,
    );
    assert.match(
      refusal(directory("[ ]"), "miniflux"),
      /network\.ssh_from is empty, so no one could log in/,
    );
  });

  it("trusts the homelab's authority", () => {
    const [file] = of<string[]>("map toString configuration.security.pki.certificateFiles");
    assert.match(file ?? "", /ca\.crt$/);
  });

  it("gives a secret to its owner, and root's to no one else", () => {
    const rules = of<string[]>("systemd.tmpfiles.rules").filter((rule) => /secrets/.test(rule));
    assert.deepEqual(rules, [
      "d /srv/nixmox/secrets 0711 root root -",
      "z /srv/nixmox/secrets/api-key 0440 feeds root -",
    ]);
    const slice = change(samples.miniflux, {
      databases: {},
      secrets: { token: { path: "/run/keys/token", owner: "root", mode: "0400", env: null } },
    });
    const elsewhere = evaluateHost<string[]>(
      upload("miniflux", slice),
      "miniflux",
      "systemd.tmpfiles.rules",
    );
    assert.ok(elsewhere.includes("d /run/keys 0711 root root -"));
    assert.ok(!elsewhere.some((rule) => rule.includes("secrets")));
  });

  it("is monitored", () => {
    assert.equal(of("services.prometheus.exporters.node.enable"), true);
    assert.equal(of("services.prometheus.exporters.node.port"), 9101);
    assert.equal(of("services.prometheus.exporters.node.openFirewall"), false);
  });

  it("describes every kind of fragment to the tool", () => {
    const text = of<string>('environment.etc."nixmox/fragments/firewall".text');
    assert.match(text, /^directory=\/srv\/nixmox\/firewall$/m);
    assert.match(text, /^suffix=\.nft$/m);
    assert.match(text, /^check=\/.*-check-firewall$/m);
  });
});
