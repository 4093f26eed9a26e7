import { spawn } from "node:child_process";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { renderScript, textOf } from "../../../components/script";
import { containerPaths } from "../../../lab/lxc/command";
import { labPaths } from "../../../lab/paths";
import type { Reboot } from "../../../manifest/schema/values";
import { upload } from "../../nix/nix";
import { slice } from "../../nix/samples";
import { type Finished, finish } from "../homelab/homelab";
import { work } from "../pve/client";
import { execute, type TestLab } from "../pve/testLab";

/** How one system of the host differs from another. */
interface System {
  /** What /etc/generation says; a service that is slow to stop restarts when it changes. */
  readonly generation: string;
  /** Whether a service of it fails. */
  readonly broken?: boolean;
  /** What its activation runs. */
  readonly script?: string;
  readonly dbus?: "dbus" | "broker";
}

/** A host with two services, one of which is slow to stop. */
export class NotesHost {
  readonly vmid = 242;

  constructor(private readonly lab: TestLab) {}

  async create(): Promise<void> {
    const params = this.lab.container(this.vmid, { hostname: "notes", memory: "768", swap: "0" });
    await work(this.lab, "POST", "/nodes/pve1/lxc", params);
    await this.on("systemctl is-system-running --wait || true");
    const { cidr, gateway } = this.lab.info.network;
    const network = {
      domain: "lab.test",
      cidr,
      gateway,
      // Nothing listens there, as if the homelab's resolver were down.
      nameservers: [this.lab.address(this.vmid)],
      foreignNameservers: [gateway],
      managedBy: "nixos",
      mtu: 1400,
      timeZone: "Asia/Tokyo",
    } as const;
    const flake = upload(
      "notes",
      slice("notes", {
        service: { ip: this.lab.address(this.vmid), hostname: "notes.lab.test", modules: [] },
        network: { ...network, sshSources: [cidr], sshKeys: [] },
        exporterPort: 9100,
        stateDirectory: "/var/lib/nixmox",
      }),
      { "nixos/hosts/notes.nix": module, "nixos/hosts/system.json": "{}" },
    );
    cpSync(flake, this.path("/etc/nixos"), { recursive: true, force: true });
    await execute("chown", ["-R", "100000:100000", this.path("/etc/nixos")]);
  }

  on(command: string, seconds?: number): Promise<string> {
    return this.lab.inside(this.vmid, command, seconds);
  }

  bootId(): Promise<string> {
    return this.lab.bootId(this.vmid);
  }

  /** Builds a system, and returns its path. */
  async build(system: System): Promise<string> {
    writeFileSync(this.path("/etc/nixos/nixos/hosts/system.json"), JSON.stringify(system));
    const build = "nixos-rebuild build --flake /etc/nixos#notes";
    return this.on(`cd /root && ${build} >&2 && readlink result`, 120);
  }

  /** Activates a system as a deployment does. */
  switchTo(system: string, reboot: Reboot = "never"): Promise<Finished> {
    return finish("ssh", [...this.ssh(), renderScript("switch-system", system, reboot)], {
      stdin: textOf("activate-system"),
    });
  }

  /** Begins to activate a system, and breaks the connection while its slow service stops. */
  async breakOff(system: string): Promise<void> {
    const script = renderScript("switch-system", system, "never");
    const ssh = spawn("ssh", [...this.ssh(), script], { stdio: ["pipe", "ignore", "ignore"] });
    ssh.stdin.end(textOf("activate-system"));
    await this.on("until [[ $(systemctl is-active slow) == deactivating ]]; do sleep 0.1; done");
    ssh.kill("SIGKILL");
  }

  /** Waits for a host that may be rebooting, as a deployment does. */
  async awaitBoot(system: string): Promise<string> {
    const script = renderScript("await-boot", system, 60);
    for (let tries = 0; tries < 60; tries++) {
      const { status, stdout, stderr } = await finish("ssh", [...this.ssh(), script]);
      if (status === 0) return stdout;
      if (status !== 255) throw new Error(stderr);
      await sleep(500);
    }
    throw new Error("the host did not come back");
  }

  private ssh(): string[] {
    const options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "BatchMode=yes"];
    return [
      ...["-q", "-i", join(this.lab.dir, "test-key"), "-o", "ConnectTimeout=2"],
      ...options.flatMap((option) => ["-o", option]),
      `root@${this.lab.address(this.vmid)}`,
    ];
  }

  /** A file of the host, as this machine sees it. */
  private path(file: string): string {
    return join(containerPaths(labPaths(this.lab.dir), this.vmid).rootfs, file);
  }
}

const module = `
{ lib, pkgs, config, ... }:
let
  wanted = builtins.fromJSON (builtins.readFile ./system.json);
  generation =
    if builtins.pathExists ./generation then builtins.readFile ./generation else wanted.generation or "none";
in
{
  environment.etc.generation.text = generation;
  system.switch.inhibitors.dbus-implementation = wanted.dbus or "dbus";
  system.activationScripts.wanted.text = wanted.script or "";
  systemd.services = {
    slow = {
      wantedBy = [ "multi-user.target" ];
      restartTriggers = [ (wanted.generation or "") ];
      serviceConfig = {
        ExecStart = "/bin/sleep infinity";
        ExecStop = "/bin/sleep 3";
      };
    };
    notes = {
      wantedBy = [ "multi-user.target" ];
      environment.HOME = "/tmp";
      serviceConfig = {
        DynamicUser = true;
        ExecStart = "\${pkgs.caddy}/bin/caddy respond --listen \${config.nixmox.service.ip}:8080 hello";
      };
    };
  } // lib.optionalAttrs (wanted.broken or false) {
    broken = {
      wantedBy = [ "multi-user.target" ];
      serviceConfig.Type = "oneshot";
      serviceConfig.ExecStart = "/bin/false";
    };
  };
  nixmox.sandbox.notes = { };
}
`;
