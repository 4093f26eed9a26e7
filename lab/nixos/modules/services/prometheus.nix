# Prometheus and its node exporter.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.services.prometheus;
  node = cfg.exporters.node;
  option =
    type: default: description:
    mkOption { inherit type default description; };
  optional = description: option (types.nullOr types.str) null description;

  listed = type: option (types.nullOr (types.listOf type)) null;

  scrapeConfig = types.submodule {
    options = {
      job_name = mkOption {
        type = types.str;
        description = "Name of the job.";
      };
      scrape_interval = optional "Time between two scrapes.";
      file_sd_configs = listed (types.submodule {
        options.files = mkOption {
          type = types.listOf types.str;
          description = "Files that name targets.";
        };
      }) "Targets from files.";
      static_configs = listed (types.submodule {
        options.targets = mkOption {
          type = types.listOf types.str;
          description = "Addresses and ports.";
        };
        options.labels = option (types.attrsOf types.str) { } "Labels of these targets.";
      }) "Fixed targets.";
    };
  };
  present = lib.filterAttrs (
    _: value:
    !(lib.elem value [
      null
      [ ]
    ])
  );
  rulesFile = pkgs.writeText "prometheus.rules" (lib.concatStringsSep "\n" cfg.rules);
  configFile = pkgs.writeText "prometheus.yml" (
    builtins.toJSON (present {
      global = present cfg.globalConfig;
      scrape_configs = map present cfg.scrapeConfigs;
      rule_files = cfg.ruleFiles ++ lib.optional (cfg.rules != [ ]) rulesFile;
      alerting = if cfg.alertmanagers == [ ] then null else { inherit (cfg) alertmanagers; };
    })
  );
in
{
  options.services.prometheus = {
    enable = lib.mkEnableOption "Prometheus";
    package = lib.mkPackageOption pkgs "prometheus" { };
    listenAddress = option types.str "0.0.0.0" "Address that it listens on.";
    port = option types.port 9090 "Port that it listens on.";
    webConfigFile = option (types.nullOr types.path) null "File that says how it serves its pages.";
    webExternalUrl = optional "Where people reach it.";
    extraFlags = option (types.listOf types.str) [ ] "Further arguments on its command line.";
    globalConfig = option (types.submodule {
      options = {
        scrape_interval = optional "Time between two scrapes.";
        scrape_timeout = optional "How long a scrape may take.";
        evaluation_interval = optional "Time between two evaluations of the rules.";
        external_labels = option (types.nullOr (
          types.attrsOf types.str
        )) null "Labels that Alertmanager and others are told.";
      };
    }) { } "Defaults of all jobs.";
    scrapeConfigs = option (types.listOf scrapeConfig) [ ] "Jobs.";
    rules = option (types.listOf types.str) [ ] "Rules that alert, as YAML.";
    ruleFiles = option (types.listOf types.path) [ ] "Files of rules that alert.";
    alertmanagers = option (types.listOf types.attrs) [ ] "Who is told of alerts.";
    exporters.node = {
      enable = lib.mkEnableOption "the node exporter";
      port = option types.port 9100 "Port that it listens on.";
      listenAddress = option types.str "0.0.0.0" "Address that it listens on.";
      openFirewall = option types.bool false "Whether everyone may reach it.";
      enabledCollectors = option (types.listOf types.str) [ ] "Further collectors.";
    };
  };

  config = lib.mkMerge [
    (lib.mkIf cfg.enable {
      environment.systemPackages = [ cfg.package.cli ];
      users.users.prometheus = {
        isSystemUser = true;
        group = "prometheus";
      };
      users.groups.prometheus = { };
      systemd.services.prometheus = {
        description = "Prometheus";
        after = [ "network.target" ];
        wantedBy = [ "multi-user.target" ];
        serviceConfig = {
          ExecStart = lib.concatStringsSep " " (
            [
              (lib.getExe cfg.package)
              "--config.file=${configFile}"
              "--storage.tsdb.path=/var/lib/prometheus2/data"
              "--web.listen-address=${cfg.listenAddress}:${toString cfg.port}"
            ]
            ++ lib.optional (cfg.webExternalUrl != null) "--web.external-url=${cfg.webExternalUrl}"
            ++ lib.optional (cfg.webConfigFile != null) "--web.config.file=${cfg.webConfigFile}"
            ++ cfg.extraFlags
          );
          ExecReload = "/bin/kill -HUP $MAINPID";
          User = "prometheus";
          Group = "prometheus";
          StateDirectory = "prometheus2";
          StateDirectoryMode = "0700";
          RuntimeDirectory = "prometheus";
          RuntimeDirectoryMode = "0700";
          WorkingDirectory = "/var/lib/prometheus2";
          Restart = "always";

          CapabilityBoundingSet = [ "" ];
          DeviceAllow = [ "/dev/null rw" ];
          DevicePolicy = "strict";
          LockPersonality = true;
          MemoryDenyWriteExecute = true;
          NoNewPrivileges = true;
          PrivateDevices = true;
          PrivateTmp = true;
          PrivateUsers = true;
          ProtectClock = true;
          ProtectControlGroups = true;
          ProtectHome = true;
          ProtectHostname = true;
          ProtectKernelLogs = true;
          ProtectKernelModules = true;
          ProtectKernelTunables = true;
          ProtectProc = "invisible";
          ProtectSystem = "full";
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
          SystemCallFilter = [
            "@system-service"
            "~@privileged"
          ];
        };
      };
    })
    (lib.mkIf node.enable {
      networking.firewall.allowedTCPPorts = lib.mkIf node.openFirewall [ node.port ];
      users.users.node-exporter = {
        isSystemUser = true;
        group = "node-exporter";
      };
      users.groups.node-exporter = { };
      systemd.services.prometheus-node-exporter = {
        description = "Prometheus node exporter";
        after = [ "network.target" ];
        wantedBy = [ "multi-user.target" ];
        serviceConfig = {
          ExecStart = lib.concatStringsSep " " (
            [
              (lib.getExe pkgs.prometheus-node-exporter)
              "--web.listen-address=${node.listenAddress}:${toString node.port}"
            ]
            # Enabled by Debian alone.
            ++ lib.optional (!lib.elem "systemd" node.enabledCollectors) "--no-collector.systemd"
            ++ map (name: "--collector.${name}") node.enabledCollectors
          );
          User = "node-exporter";
          Group = "node-exporter";
          RuntimeDirectory = "prometheus-node-exporter";
          WorkingDirectory = "/tmp";
          Restart = "always";

          CapabilityBoundingSet = [ "" ];
          DeviceAllow = [ "" ];
          LockPersonality = true;
          MemoryDenyWriteExecute = true;
          NoNewPrivileges = true;
          PrivateDevices = true;
          PrivateTmp = true;
          ProtectClock = false;
          ProtectControlGroups = true;
          ProtectHome = true;
          ProtectHostname = true;
          ProtectKernelLogs = true;
          ProtectKernelModules = true;
          ProtectKernelTunables = true;
          ProtectSystem = "strict";
          RemoveIPC = true;
          RestrictAddressFamilies = [
            "AF_INET"
            "AF_INET6"
            "AF_NETLINK"
          ];
          RestrictNamespaces = true;
          RestrictRealtime = true;
          RestrictSUIDSGID = true;
          SystemCallArchitectures = "native";
          UMask = "0077";
        };
      };
    })
  ];
}
