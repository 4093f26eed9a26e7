# Jellyfin. No registry serves its package: it is evaluated here, and not run.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.services.jellyfin;
  option =
    type: default: description:
    mkOption { inherit type default description; };
  directories = [
    cfg.cacheDir
    cfg.dataDir
    cfg.configDir
    cfg.logDir
  ];
in
{
  options.services.jellyfin = {
    enable = lib.mkEnableOption "Jellyfin";
    package = lib.mkPackageOption pkgs "jellyfin" { };
    cacheDir = option types.path "/var/cache/jellyfin" "Folder of what it can make again.";
    configDir = option types.path "${cfg.dataDir}/config" "Folder of its configuration.";
    dataDir = option types.path "/var/lib/jellyfin" "Its folder.";
    logDir = option types.path "${cfg.dataDir}/log" "Folder of its logs.";
    group = option types.str "jellyfin" "Group that it runs as.";
    user = option types.str "jellyfin" "User who it runs as.";
    openFirewall = option types.bool false "Whether everyone may reach its ports.";
    hardwareAcceleration.enable = option types.bool false "Whether it uses a graphics card.";
    hardwareAcceleration.device = option (types.nullOr types.path) null "That graphics card.";
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = cfg.hardwareAcceleration.enable -> cfg.hardwareAcceleration.device != null;
        message = "services.jellyfin.hardwareAcceleration.device cannot be null when hardware acceleration is enabled.";
      }
    ];
    networking.firewall = lib.mkIf cfg.openFirewall {
      allowedTCPPorts = [
        8096
        8920
      ];
      allowedUDPPorts = [
        1900
        7359
      ];
    };
    users.groups.jellyfin = lib.mkIf (cfg.group == "jellyfin") { };
    users.users.jellyfin = lib.mkIf (cfg.user == "jellyfin") {
      isSystemUser = true;
      inherit (cfg) group;
    };
    systemd.tmpfiles.rules = map (path: "d ${path} 0700 ${cfg.user} ${cfg.group} - -") directories;
    systemd.services.jellyfin = {
      description = "Jellyfin Media Server";
      after = [ "network-online.target" ];
      wants = [ "network-online.target" ];
      wantedBy = [ "multi-user.target" ];
      unitConfig.RequiresMountsFor = [
        cfg.configDir
        cfg.logDir
        cfg.cacheDir
      ];
      serviceConfig = {
        Type = "simple";
        User = cfg.user;
        Group = cfg.group;
        UMask = "0077";
        WorkingDirectory = cfg.dataDir;
        ExecStart = "${lib.getExe cfg.package} --datadir '${cfg.dataDir}' --configdir '${cfg.configDir}' --cachedir '${cfg.cacheDir}' --logdir '${cfg.logDir}'";
        Restart = "on-failure";
        TimeoutSec = 15;
        SuccessExitStatus = [
          "0"
          "143"
        ];
        DeviceAllow = lib.mkIf cfg.hardwareAcceleration.enable [ "${cfg.hardwareAcceleration.device} rw" ];
        CapabilityBoundingSet = [ "" ];
        LockPersonality = true;
        NoNewPrivileges = true;
        PrivateDevices = lib.mkDefault false;
        PrivateUsers = true;
        ProcSubset = "pid";
        ProtectClock = true;
        ProtectHostname = true;
        ProtectProc = "invisible";
        ProtectSystem = true;
        RemoveIPC = true;
        RestrictAddressFamilies = [
          "AF_UNIX"
          "AF_INET"
          "AF_INET6"
          "AF_NETLINK"
        ];
        RestrictRealtime = true;
        RestrictSUIDSGID = true;
        # Where `boot.isContainer` is true, as it is on NixOS's hosts of this kind.
        PrivateTmp = false;
        ProtectControlGroups = false;
        ProtectKernelLogs = false;
        ProtectKernelModules = false;
        ProtectKernelTunables = false;
        RestrictNamespaces = false;
        SystemCallArchitectures = "native";
        SystemCallErrorNumber = "EPERM";
        SystemCallFilter = [
          "@system-service"
          "~@privileged"
        ];
      };
    };
  };
}
