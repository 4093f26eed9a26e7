import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "mocha";
import { exposureLimit, notSandboxed } from "../exposure";
import { allServices, slicesOf } from "./examples";
import { evaluateHost, project, refusal, scratch, upload } from "./nix";
import { samples, slice } from "./samples";

const page = join(project, "docs", "hardening.md");

/** The systemd whose scores `docs/hardening.md` has; other versions weigh some directives differently. */
const SYSTEMD = 252;

/** The base module as it would be without its sandbox. */
const open = {
  "nixos/modules/base/sandbox.nix":
    "{ lib, ... }: { options.nixmox.sandbox = lib.mkOption { type = lib.types.anything; default = { }; }; }",
};

/** The exposure of each unit of a host, 0 to 10, by unit; units that run once are left out. */
function exposures(flake: string, host: string): Record<string, number> {
  const units = evaluateHost<Record<string, string>>(
    flake,
    host,
    'lib.mapAttrs (name: _: environment.etc."systemd/system/${name}.service".text) (lib.filterAttrs (_: unit: unit.enable) systemd.services)',
  );
  const directory = mkdtempSync(join(scratch, "units-"));
  const running = Object.entries(units).filter(([, text]) => !/^Type=oneshot$/m.test(text));
  return Object.fromEntries(
    running.map(([name, text]) => {
      const file = join(directory, `${name}.service`);
      writeFileSync(file, text);
      return [name, exposureOf(file)];
    }),
  );
}

function exposureOf(file: string): number {
  const args = ["security", "--offline=true", "--no-pager", "--threshold=100", file];
  // It warns of directives that are younger than itself.
  const stdio = ["ignore", "pipe", "ignore"] as const;
  const output = execFileSync("systemd-analyze", args, { encoding: "utf8", stdio: [...stdio] });
  return Number(/Overall exposure level for \S+: ([\d.]+)/.exec(output)?.[1]);
}

/** The host file that README shows. */
function readmeHost(): string {
  const readme = readFileSync(join(project, "README.md"), "utf8");
  return /```nix\n([\s\S]*?)\n *```/.exec(readme)![1]!;
}

describe("the sandbox", () => {
  const hosts = [...Object.entries(slicesOf(allServices("authentik"))), ...Object.entries(samples)];
  const ours: Record<string, number> = {};
  const own: Record<string, number> = {};
  const differences: Record<string, string[]> = {};

  before(function () {
    this.timeout("3m");
    for (const [host, slice] of hosts) {
      const flake = upload(host, slice);
      Object.assign(ours, exposures(flake, host));
      Object.assign(own, exposures(upload(host, slice, open), host));
      const stated = "lib.mapAttrs (_: lib.attrNames) nixmox.sandbox";
      Object.assign(differences, evaluateHost<Record<string, string[]>>(flake, host, stated));
    }
  });

  it("holds every unit that runs on a host, but those whose work needs all rights", () => {
    const units = Object.keys(ours).filter((unit) => !notSandboxed.has(unit));
    assert.deepEqual(units.sort(), [
      "alertmanager",
      "authentik",
      "authentik-ldap",
      "authentik-radius",
      "authentik-worker",
      "caddy",
      "dovecot",
      "forgejo",
      "grafana",
      "guacamole-server",
      "jellyfin",
      "keycloak",
      "loki",
      "miniflux",
      "nextcloud-cron",
      "nextcloud-update-db",
      "nginx",
      "oauth2-proxy",
      "openbao",
      "opendkim",
      "phpfpm-nextcloud",
      "postfix",
      "postgresql",
      "prometheus",
      "prometheus-node-exporter",
      "prowlarr",
      "radarr",
      "redis-nextcloud",
      "sonarr",
      "tomcat",
      "transmission",
      "unbound",
      "vaultwarden",
    ]);
    for (const unit of units) {
      assert.ok(ours[unit]! <= exposureLimit, `${unit}: ${ours[unit]}`);
      assert.ok(ours[unit]! <= own[unit]!, `${unit} is more exposed than without NixMox`);
    }
  });

  it("gives each unit that may write to few folders a /tmp of its own, in containers, too", () => {
    const withoutTmp = hosts.flatMap(([host, slice]) =>
      evaluateHost<string[]>(
        upload(host, slice),
        host,
        `let strict = { ProtectSystem ? null, PrivateTmp ? false, ... }:
          ProtectSystem == "strict" && ! builtins.elem PrivateTmp [ true "true" "yes" ];
        in builtins.attrNames (lib.filterAttrs (_: unit: strict unit.serviceConfig)
          (builtins.intersectAttrs nixmox.sandbox systemd.services))`,
      ),
    );
    assert.deepEqual(withoutTmp, []);
  });

  it("is what makes the difference: without it, Caddy is exposed", () => {
    assert.ok(own.caddy! > exposureLimit, String(own.caddy));
  });

  it("is one line for a service of one's own, as README shows", () => {
    const notes = slice("notes", { service: { ports: [8080] } });
    const sandboxed = readmeHost();
    const hosts = { "nixos/hosts/notes.nix": sandboxed };
    assert.ok(exposures(upload("notes", notes, hosts), "notes").notes! <= exposureLimit);

    const plain = sandboxed.replace(/^.*nixmox\.sandbox\.notes.*$/m, "");
    assert.notEqual(plain, sandboxed);
    const without = { "nixos/hosts/notes.nix": plain };
    assert.ok(exposures(upload("notes", notes, without), "notes").notes! > exposureLimit);
  });

  it("gives way where a unit or a host file says so", () => {
    const flake = upload("miniflux", samples.miniflux, {
      "nixos/hosts/miniflux.nix": `{ lib, ... }: {
        nixmox.sandbox.miniflux.MemoryDenyWriteExecute = false;
        systemd.services.miniflux.serviceConfig.UMask = lib.mkForce "0027";
      }`,
    });
    const config = evaluateHost<Record<string, unknown>>(
      flake,
      "miniflux",
      "{ inherit (systemd.services.miniflux.serviceConfig) MemoryDenyWriteExecute UMask ProtectSystem; }",
    );
    assert.deepEqual(config, {
      MemoryDenyWriteExecute: false,
      UMask: "0027",
      ProtectSystem: "strict",
    });
  });

  it("refuses the name of a service that the host does not have", () => {
    const flake = upload("miniflux", samples.miniflux, {
      "nixos/hosts/miniflux.nix": "{ nixmox.sandbox.minifux = { }; }",
    });
    assert.match(
      refusal(flake, "miniflux"),
      /Unable to sandbox minifux: this host has no systemd\.services\.minifux\. Name one/,
    );
  });

  it("scores as docs/hardening.md says (else: UPDATE_GOLDEN=1)", function () {
    const version = execFileSync("systemctl", ["--version"], { encoding: "utf8" });
    if (!version.startsWith(`systemd ${SYSTEMD} `)) this.skip();
    const rows = Object.keys(ours)
      .sort()
      .map((unit) => {
        const why = notSandboxed.get(unit);
        const stated = differences[unit] ?? [];
        const note = why ?? stated.map((name) => `\`${name}\``).join(", ");
        const score = (value?: number) => value?.toFixed(1) ?? "";
        return `| \`${unit}\` | ${score(own[unit])} | ${why ? "" : score(ours[unit])} | ${note} |`;
      });
    const table = [
      "| Unit | NixOS's own module | With NixMox | Directives that differ from the defaults |",
      "| --- | --- | --- | --- |",
      ...rows,
    ];
    const cells = (text: string) => text.replace(/ +/g, " ").replace(/-{3,}/g, "---");
    const text = readFileSync(page, "utf8");
    const updated = text.replace(/^\|[\s\S]*\|$/m, table.join("\n"));
    if (process.env.UPDATE_GOLDEN) writeFileSync(page, updated);
    else assert.equal(cells(text), cells(updated));
  });
});
