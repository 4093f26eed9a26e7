# Services with no more rights than they need. Every unit named here gets the same defaults, which
# fill in what NixOS's own module leaves open. What a unit states itself wins over both.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.nixmox.sandbox;

  defaults = {
    # An empty entry is an empty list.
    CapabilityBoundingSet = [ "" ];
    DevicePolicy = "closed";
    LockPersonality = true;
    MemoryDenyWriteExecute = true;
    NoNewPrivileges = true;
    PrivateDevices = true;
    PrivateMounts = true;
    PrivateTmp = true;
    PrivateUsers = true;
    ProcSubset = "pid";
    ProtectClock = true;
    ProtectControlGroups = true;
    ProtectHome = true;
    ProtectHostname = true;
    ProtectKernelLogs = true;
    ProtectKernelModules = true;
    ProtectKernelTunables = true;
    ProtectProc = "invisible";
    ProtectSystem = "strict";
    RemoveIPC = true;
    RestrictAddressFamilies = [
      "AF_INET"
      "AF_INET6"
      "AF_UNIX"
    ];
    RestrictNamespaces = true;
    RestrictRealtime = true;
    RestrictSUIDSGID = true;
    SystemCallArchitectures = "native";
    SystemCallErrorNumber = "EPERM";
    SystemCallFilter = [
      "@system-service"
      "~@privileged"
    ];
    UMask = "0077";
  };

  # Weaker than `mkDefault`, and stronger than a plain definition.
  fillIn = lib.mapAttrs (_: lib.mkOverride 1250);
  insist = lib.mapAttrs (_: lib.mkOverride 75);
  sandbox = own: { serviceConfig = fillIn defaults // insist own; };
in
{
  options.nixmox.sandbox = mkOption {
    type = types.attrsOf (types.attrsOf types.anything);
    default = { };
    example = {
      notes = { };
      # It compiles code while it runs.
      wiki.MemoryDenyWriteExecute = false;
    };
    description = "Services of this host that run sandboxed, by name, each with the directives of its [Service] section that differ from the defaults.";
  };

  config = {
    systemd.services = lib.mapAttrs (_: sandbox) cfg;

    assertions = lib.mapAttrsToList (name: _: {
      assertion = config.systemd.services.${name}.serviceConfig ? ExecStart;
      message = "Unable to sandbox ${name}: this host has no systemd.services.${name}. Name one of its services in nixmox.sandbox.";
    }) cfg;
  };
}
