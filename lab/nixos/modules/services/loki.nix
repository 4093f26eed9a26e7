# Loki, of which the lab has no package: its unit is NixOS's.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.services.loki;
  option =
    type: default: description:
    mkOption { inherit type default description; };
  plainFile = (pkgs.formats.json { }).generate "loki-config.json" cfg.configuration;
  # As NixOS does: what Loki would refuse is not built.
  checkedFile = pkgs.runCommand "validate-loki-conf" { } ''
    ${lib.getExe' cfg.package "loki"} -verify-config -config.file ${plainFile}
    ln -s ${plainFile} $out
  '';
  configFile = if cfg.extraFlags == [ ] then checkedFile else plainFile;
in
{
  options.services.loki = {
    enable = lib.mkEnableOption "Grafana Loki";
    package = lib.mkPackageOption pkgs "grafana-loki" { };
    configuration = option (pkgs.formats.json { }).type { } "Its configuration.";
    dataDir = option types.path "/var/lib/loki" "Its folder.";
    user = option types.str "loki" "User who it runs as.";
    group = option types.str "loki" "Group that it runs as.";
    extraFlags = option (types.listOf types.str) [ ] "Further arguments on its command line.";
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = cfg.configuration != { };
        message = "Please specify either 'services.loki.configuration' or 'services.loki.configFile'.";
      }
    ];
    environment.systemPackages = [ cfg.package ];
    users.users.${cfg.user} = {
      isSystemUser = true;
      inherit (cfg) group;
      home = cfg.dataDir;
    };
    users.groups.${cfg.group} = { };
    systemd.tmpfiles.rules = [ "d ${cfg.dataDir} 0700 ${cfg.user} ${cfg.group} -" ];
    systemd.services.loki = {
      description = "Loki Service Daemon";
      wantedBy = [ "multi-user.target" ];
      wants = [ "network-online.target" ];
      after = [ "network-online.target" ];
      serviceConfig = {
        ExecStart = "${lib.getExe' cfg.package "loki"} --config.file=${configFile} ${lib.escapeShellArgs cfg.extraFlags}";
        User = cfg.user;
        WorkingDirectory = cfg.dataDir;
        Restart = "always";
        DevicePolicy = "closed";
        NoNewPrivileges = true;
        PrivateTmp = true;
        ProtectHome = true;
        ProtectSystem = "full";
      };
    };
  };
}
