# What modules ask of the manifest.
{ lib }:
rec {
  # Every enabled service by name.
  enabledServices =
    manifest:
    lib.filterAttrs (_: service: service.enable) (manifest.core_services // manifest.services);

  # The service that plays a role, or null.
  provider =
    manifest: role:
    lib.findFirst (service: lib.elem role service.provides) null (
      lib.attrValues (enabledServices manifest)
    );

  # The first label of a full name: what a host calls itself.
  shortName = hostname: lib.head (lib.splitString "." hostname);

  # Where NixMox keeps what is not in the Nix store.
  stateDirectory = "/var/lib/nixmox";
  # A secret of the host's own service; written by the deployment, read by root alone.
  secretFile = name: "${stateDirectory}/secrets/${name}";

  inherit (import ./reverse-zones.nix { inherit lib; }) reverseZones;
}
