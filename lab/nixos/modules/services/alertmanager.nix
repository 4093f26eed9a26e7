# Alertmanager, which passes Prometheus's alerts on to people.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  hardening = import ../../eval/hardening.nix;
  inherit (lib) mkOption types;
  cfg = config.services.prometheus.alertmanager;
  option =
    type: default: description:
    mkOption { inherit type default description; };
  optional = description: option (types.nullOr types.str) null description;

  plainFile = pkgs.writeText "alertmanager.yml" (
    if cfg.configText == null then builtins.toJSON cfg.configuration else cfg.configText
  );
  checkedFile = pkgs.runCommand "checked-config" { } ''
    ln -s ${plainFile} $out
    amtool check-config $out
  '';
in
{
  options.services.prometheus.alertmanager = {
    enable = lib.mkEnableOption "Alertmanager";
    package = lib.mkPackageOption pkgs "prometheus-alertmanager" { };
    configuration = option (types.nullOr types.attrs) null "Its configuration.";
    configText = option (types.nullOr types.lines) null "Its configuration, as YAML.";
    checkConfig = option types.bool true "Whether the configuration is checked when it is built.";
    logFormat = optional "Format of its log.";
    logLevel = option (types.enum [
      "debug"
      "info"
      "warn"
      "error"
      "fatal"
    ]) "warn" "Least severity that it logs.";
    webExternalUrl = optional "Where people reach it.";
    listenAddress = option types.str "" "Address that it listens on; empty for all.";
    port = option types.port 9093 "Port that it listens on.";
    openFirewall = option types.bool false "Whether everyone may reach it.";
    clusterPeers = option (types.listOf types.str) [ ] "Other Alertmanagers that it works with.";
    extraFlags = option (types.listOf types.str) [ ] "Further arguments on its command line.";
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = cfg.configuration != null || cfg.configText != null;
        message = "Can not enable alertmanager without a configuration. Set either the `configuration` or `configText` attribute.";
      }
    ];
    networking.firewall.allowedTCPPorts = lib.optional cfg.openFirewall cfg.port;
    systemd.services.alertmanager = {
      description = "Alertmanager";
      wantedBy = [ "multi-user.target" ];
      wants = [ "network-online.target" ];
      after = [ "network-online.target" ];
      serviceConfig = hardening // {
        ExecStart = lib.concatStringsSep " " (
          [ (lib.getExe cfg.package) ]
          ++ cfg.extraFlags
          ++ [
            # NixOS fills in variables of the environment first, which needs a program that Debian lacks.
            "--config.file ${if cfg.checkConfig then checkedFile else plainFile}"
            "--web.listen-address ${cfg.listenAddress}:${toString cfg.port}"
            "--log.level ${cfg.logLevel}"
            "--storage.path /var/lib/alertmanager"
          ]
          ++ map (peer: "--cluster.peer ${peer}:9094") cfg.clusterPeers
          ++ lib.optional (cfg.webExternalUrl != null) "--web.external-url ${cfg.webExternalUrl}"
          ++ lib.optional (cfg.logFormat != null) "--log.format ${cfg.logFormat}"
        );
        ExecReload = "/bin/kill -HUP $MAINPID";
        DynamicUser = true;
        StateDirectory = "alertmanager";
        WorkingDirectory = "/tmp";
        Restart = "always";

        CapabilityBoundingSet = [ "" ];
        DeviceAllow = [ "" ];
        MemoryDenyWriteExecute = true;
        NoNewPrivileges = true;
        PrivateDevices = true;
        PrivateIPC = true;
        PrivateTmp = true;
        ProcSubset = "pid";
        ProtectHome = "tmpfs";
        ProtectProc = "invisible";
        ProtectSystem = "strict";
        RestrictAddressFamilies = [
          "AF_INET"
          "AF_INET6"
          "AF_NETLINK"
        ];
        RestrictSUIDSGID = true;
        SystemCallFilter = [
          "@system-service"
          "~@cpu-emulation"
          "~@privileged"
          "~@reboot"
          "~@setuid"
          "~@swap"
        ];
      };
    };
  };
}
