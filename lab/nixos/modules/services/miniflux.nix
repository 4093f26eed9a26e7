{
  config,
  lib,
  pkgs,
  ...
}:
let
  hardening = import ../../eval/hardening.nix;
  inherit (lib) mkOption types;
  cfg = config.services.miniflux;
  flag =
    description:
    mkOption {
      type = types.coercedTo types.bool (b: if b then 1 else 0) types.int;
      default = true;
      inherit description;
    };
in
{
  options.services.miniflux = {
    enable = lib.mkEnableOption "Miniflux";
    package = lib.mkPackageOption pkgs "miniflux" { };
    createDatabaseLocally = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the database is on this host; the lab has it elsewhere.";
    };
    config = mkOption {
      type = types.submodule {
        freeformType = types.attrsOf (types.either types.str types.int);
        options = {
          LISTEN_ADDR = mkOption {
            type = types.str;
            default = "localhost:8080";
            description = "Address and port.";
          };
          DATABASE_URL = mkOption {
            type = types.nullOr types.str;
            default =
              if cfg.createDatabaseLocally then "user=miniflux host=/run/postgresql dbname=miniflux" else null;
            description = "Where the database is.";
          };
          RUN_MIGRATIONS = flag "Whether the database is brought up to date.";
          CREATE_ADMIN = flag "Whether an administrator is created.";
          WATCHDOG = flag "Whether it reports to systemd's watchdog.";
        };
      };
      description = "Miniflux's settings.";
    };
    adminCredentialsFile = mkOption {
      type = types.nullOr types.path;
      default = null;
      description = "Environment file with the administrator's name and password.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = cfg.config.CREATE_ADMIN == 0 || cfg.adminCredentialsFile != null;
        message = "services.miniflux.adminCredentialsFile must be set if services.miniflux.config.CREATE_ADMIN is 1";
      }
      {
        assertion = !cfg.createDatabaseLocally;
        message = "The lab has Miniflux's database on another host. Set services.miniflux.createDatabaseLocally = false.";
      }
    ];
    environment.systemPackages = [ cfg.package ];
    systemd.services.miniflux = {
      description = "Miniflux";
      after = [ "network.target" ];
      wantedBy = [ "multi-user.target" ];
      environment = lib.mapAttrs (_: toString) cfg.config;
      serviceConfig = hardening // {
        Type = "notify";
        ExecStart = lib.getExe cfg.package;
        User = "miniflux";
        DynamicUser = true;
        RuntimeDirectory = "miniflux";
        RuntimeDirectoryMode = "0750";
        EnvironmentFile = lib.mkIf (cfg.adminCredentialsFile != null) cfg.adminCredentialsFile;
        WatchdogSec = 60;
        WatchdogSignal = "SIGKILL";
        Restart = "always";
        RestartSec = 5;

        CapabilityBoundingSet = [ "" ];
        DeviceAllow = [ "" ];
        MemoryDenyWriteExecute = true;
        PrivateDevices = true;
        PrivateUsers = true;
        ProcSubset = "pid";
        ProtectHome = true;
        ProtectProc = "invisible";
        RestrictAddressFamilies = [
          "AF_INET"
          "AF_INET6"
          "AF_UNIX"
        ];
        RestrictSUIDSGID = true;
        SystemCallArchitectures = "native";
        SystemCallFilter = [
          "@system-service"
          "~@privileged"
        ];
        UMask = "0077";
      };
    };
  };
}
