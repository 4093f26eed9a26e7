# Disks beside the root disk. Proxmox VE mounts them before this host starts, or while it runs.
{ config, lib, ... }:
let
  inherit (config.nixmox) service volumes;
  paths = lib.mapAttrsToList (_: volume: volume.path) volumes;
  # Units of other kinds start others, and an instance shares its template.
  isPlain = builtins.match "[^@]+\\.service" service.unit != null;
in
{
  # Without its volume, the service would write to the root disk, or begin with nothing.
  systemd.services = lib.mkIf (isPlain && volumes != { }) {
    ${lib.removeSuffix ".service" service.unit} = {
      unitConfig.AssertPathIsMountPoint = paths;
      serviceConfig.ReadWritePaths = paths;
    };
  };
}
