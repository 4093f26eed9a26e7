{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.services.caddy;
  text =
    description:
    mkOption {
      type = types.lines;
      default = "";
      inherit description;
    };
  file = pkgs.writeText "Caddyfile" ''
    {
    ${cfg.globalConfig}
    }
    ${cfg.extraConfig}
  '';
  options = "--config /etc/caddy/caddy_config --adapter caddyfile";
in
{
  options.services.caddy = {
    enable = lib.mkEnableOption "Caddy";
    package = lib.mkPackageOption pkgs "caddy" { };
    globalConfig = text "Global options of the Caddyfile.";
    extraConfig = text "Sites of the Caddyfile.";
    logFormat = mkOption {
      type = types.lines;
      default = "level ERROR";
      description = "Options of the default log.";
    };
  };

  config = lib.mkIf cfg.enable {
    services.caddy.globalConfig = ''
      log {
        ${cfg.logFormat}
      }
    '';
    environment.etc."caddy/caddy_config".source = file;
    environment.systemPackages = [ cfg.package ];
    users.users.caddy = {
      isSystemUser = true;
      group = "caddy";
      home = "/var/lib/caddy";
    };
    users.groups.caddy = { };
    systemd.services.caddy = {
      description = "Caddy";
      wants = [ "network-online.target" ];
      after = [
        "network.target"
        "network-online.target"
      ];
      wantedBy = [ "multi-user.target" ];
      reloadTriggers = [ file ];
      environment.HOME = "/var/lib/caddy";
      serviceConfig = {
        Type = "notify";
        User = "caddy";
        Group = "caddy";
        ExecStart = "${lib.getExe cfg.package} run ${options}";
        ExecReload = "${lib.getExe cfg.package} reload ${options} --force";
        StateDirectory = "caddy";
        AmbientCapabilities = [
          "CAP_NET_ADMIN"
          "CAP_NET_BIND_SERVICE"
        ];
        LimitNOFILE = 1048576;
        NoNewPrivileges = true;
        PrivateDevices = true;
        PrivateTmp = true;
        ProtectHome = true;
        ProtectSystem = "full";
        Restart = "on-failure";
        RestartPreventExitStatus = 1;
        RestartSec = 5;
        TimeoutStopSec = 5;
      };
    };
  };
}
