# FreeRADIUS. As on NixOS, its configuration is the host's own, such as files of environment.etc.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.services.freeradius;
  command = "${cfg.package}/bin/radiusd -d ${cfg.configDir} -l stdout";
in
{
  options.services.freeradius = {
    enable = lib.mkEnableOption "the freeradius server";
    package = lib.mkPackageOption pkgs "freeradius" { };
    configDir = mkOption {
      type = types.path;
      default = "/etc/raddb";
      description = "Folder of its configuration.";
    };
    debug = mkOption {
      type = types.bool;
      default = false;
      description = "Whether it logs everything, passwords included.";
    };
  };

  config = lib.mkIf cfg.enable {
    warnings = lib.optional cfg.debug "Freeradius debug logging is enabled. This will log passwords in plaintext to the journal!";
    users.users.radius = {
      isSystemUser = true;
      group = "radius";
      description = "Radius daemon user";
    };
    users.groups.radius = { };
    systemd.services.freeradius = {
      description = "FreeRadius server";
      wantedBy = [ "multi-user.target" ];
      wants = [ "network.target" ];
      after = [ "network.target" ];
      preStart = "${command} -C";
      serviceConfig = {
        ExecStart = "${command} -f${lib.optionalString cfg.debug " -xx"}";
        ExecReload = [
          "${command} -C"
          "${pkgs.coreutils}/bin/kill -HUP $MAINPID"
        ];
        User = "radius";
        LogsDirectory = "radius";
        ProtectHome = "on";
        ProtectSystem = "full";
        Restart = "on-failure";
        RestartSec = 2;
      };
    };
  };
}
