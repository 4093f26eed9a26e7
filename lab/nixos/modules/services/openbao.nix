# OpenBao, which the lab has no package of: its host can be evaluated.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  hardening = import ../../eval/hardening.nix;
  inherit (lib) mkOption types;
  cfg = config.services.openbao;
  json = types.attrsOf types.anything // {
    description = "JSON value";
  };
  configuration = pkgs.writeText "openbao.hcl.json" (builtins.toJSON cfg.settings);
in
{
  options.services.openbao = {
    enable = lib.mkEnableOption "OpenBao daemon";
    package = lib.mkPackageOption pkgs "openbao" { };
    extraArgs = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Further arguments on its command line.";
    };
    settings = mkOption {
      type = types.submodule {
        freeformType = json;
        options = {
          listener = mkOption {
            type = types.attrsOf (
              types.submodule (
                { config, ... }:
                {
                  freeformType = json;
                  options = {
                    address = mkOption {
                      type = types.str;
                      default = if config.type == "unix" then "/run/openbao/openbao.sock" else "127.0.0.1:8200";
                      description = "Address, or path of a socket, that it listens on.";
                    };
                    type = mkOption {
                      type = types.enum [
                        "tcp"
                        "unix"
                      ];
                      description = "Kind of the listener.";
                    };
                  };
                }
              )
            );
            description = "What it listens on, by name.";
          };
          ui = lib.mkEnableOption "the OpenBao web UI";
        };
      };
      description = "Its configuration.";
    };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    systemd.services.openbao = {
      description = "OpenBao - A tool for managing secrets";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      # A restart would seal it.
      restartIfChanged = false;
      serviceConfig = hardening // {
        Type = "notify";
        ExecStart = lib.escapeShellArgs (
          [
            (lib.getExe cfg.package)
            "server"
            "-config"
            configuration
          ]
          ++ cfg.extraArgs
        );
        ExecReload = "${pkgs.coreutils}/bin/kill -SIGHUP $MAINPID";
        Restart = "on-failure";
        DynamicUser = true;
        User = "openbao";
        Group = "openbao";
        RuntimeDirectory = "openbao";
        RuntimeDirectoryMode = "0755";
        StateDirectory = "openbao";
        StateDirectoryMode = "0700";
        UMask = "0077";
        CapabilityBoundingSet = "";
        LimitCORE = 0;
        MemorySwapMax = 0;
        MemoryZSwapMax = 0;
        PrivateUsers = "identity";
        ProcSubset = "pid";
        ProtectHome = true;
        ProtectProc = "invisible";
        RestrictAddressFamilies = [
          "AF_INET"
          "AF_INET6"
          "AF_UNIX"
        ];
        SystemCallArchitectures = "native";
        SystemCallFilter = [
          "@system-service"
          "@resources"
          "~@privileged"
          "@chown"
        ];
      };
    };
  };
}
