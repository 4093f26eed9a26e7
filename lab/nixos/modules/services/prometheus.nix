# Prometheus.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  hardening = import ../../eval/hardening.nix;
  inherit (lib) mkOption types;
  cfg = config.services.prometheus;
  option =
    type: default: description:
    mkOption { inherit type default description; };
  optionalOf = type: description: option (types.nullOr type) null description;
  optional = optionalOf types.str;
  required = type: description: mkOption { inherit type description; };

  basicAuth = types.submodule {
    options = {
      username = required types.str "User who signs in.";
      password = optional "The password, which everyone could read here.";
      password_file = optional "File with the password.";
    };
  };
  tlsConfig = types.submodule {
    options = {
      ca_file = optional "File of the authorities to trust.";
      cert_file = optional "File of the own certificate.";
      key_file = optional "File of its key.";
      server_name = optional "Name that the target's certificate is for.";
      insecure_skip_verify = optionalOf types.bool "Whether any certificate is accepted.";
    };
  };
  relabelConfig = types.submodule {
    options = {
      source_labels = optionalOf (types.listOf types.str) "Labels whose values are joined.";
      separator = optional "What stands between them.";
      target_label = optional "Label that gets the result.";
      regex = optional "Pattern that they are matched against.";
      replacement = optional "The result.";
      action = optionalOf (types.enum [
        "replace"
        "lowercase"
        "uppercase"
        "keep"
        "drop"
        "hashmod"
        "labelmap"
        "labeldrop"
        "labelkeep"
      ]) "What is done where it matches.";
    };
  };
  scrapeConfig = types.submodule {
    options = {
      job_name = required types.str "Name of the job.";
      scrape_interval = optional "Time between two scrapes.";
      scrape_timeout = optional "How long one may take.";
      metrics_path = optional "Path of the page.";
      params = optionalOf (types.attrsOf (types.listOf types.str)) "Parameters of its URL.";
      scheme = optionalOf (types.enum [
        "http"
        "https"
      ]) "How it is reached.";
      honor_labels = optionalOf types.bool "Whether labels of the page win.";
      basic_auth = optionalOf basicAuth "How it signs in.";
      authorization = optionalOf types.attrs "The header by which it does.";
      tls_config = optionalOf tlsConfig "Which certificates count.";
      file_sd_configs = optionalOf (types.listOf (
        types.submodule {
          options.files = required (types.listOf types.str) "Files that name targets.";
          options.refresh_interval = optional "How often they are read again.";
        }
      )) "Targets from files.";
      static_configs = optionalOf (types.listOf (
        types.submodule {
          options.targets = required (types.listOf types.str) "Addresses and ports.";
          options.labels = option (types.attrsOf types.str) { } "Labels of these targets.";
        }
      )) "Fixed targets.";
      relabel_configs = optionalOf (types.listOf relabelConfig) "What becomes of the labels of targets.";
      metric_relabel_configs = optionalOf (types.listOf relabelConfig) "What becomes of those of metrics.";
    };
  };

  present =
    value:
    if lib.isList value then
      map present value
    else if lib.isAttrs value then
      lib.mapAttrs (_: present) (lib.filterAttrs (_: each: each != null) value)
    else
      value;
  # As NixOS does: what Prometheus would refuse is not built.
  checked =
    what: name: file:
    if cfg.checkConfig == false then
      file
    else
      pkgs.runCommand "${name}-checked" { } ''
        ln -s ${file} $out
        ${lib.getExe' cfg.package.cli "promtool"} check ${what} $out
      '';
  rulesFile = pkgs.writeText "prometheus.rules" (lib.concatStringsSep "\n" cfg.rules);
  plainFile = pkgs.writeText "prometheus.yml" (
    builtins.toJSON {
      global = present cfg.globalConfig;
      scrape_configs = present cfg.scrapeConfigs;
      rule_files = map (checked "rules" "rules") (
        cfg.ruleFiles ++ lib.optional (cfg.rules != [ ]) rulesFile
      );
      alerting = { inherit (cfg) alertmanagers; };
    }
  );
  configFile = checked "config${
    lib.optionalString (cfg.checkConfig == "syntax-only") " --syntax-only"
  }" "prometheus.yml" plainFile;
  directory = "/var/lib/${cfg.stateDir}";
in
{
  options.services.prometheus = {
    enable = lib.mkEnableOption "Prometheus";
    package = lib.mkPackageOption pkgs "prometheus" { };
    checkConfig = option (types.either types.bool (
      types.enum [ "syntax-only" ]
    )) true "Whether the configuration is checked when it is built.";
    stateDir = option types.str "prometheus2" "Its folder below /var/lib.";
    listenAddress = option types.str "0.0.0.0" "Address that it listens on.";
    port = option types.port 9090 "Port that it listens on.";
    webConfigFile = option (types.nullOr types.path) null "File that says how it serves its pages.";
    webExternalUrl = optional "Where people reach it.";
    retentionTime = optional "How long it keeps what it has seen.";
    extraFlags = option (types.listOf types.str) [ ] "Further arguments on its command line.";
    globalConfig = option (types.submodule {
      options = {
        scrape_interval = optional "Time between two scrapes.";
        scrape_timeout = optional "How long one may take.";
        evaluation_interval = optional "Time between two looks at the rules.";
        query_log_file = optional "File of its queries.";
        external_labels = optionalOf (types.attrsOf types.str) "Labels for others to see.";
      };
    }) { } "Defaults of all jobs.";
    scrapeConfigs = option (types.listOf scrapeConfig) [ ] "Jobs.";
    rules = option (types.listOf types.str) [ ] "Rules that alert, as YAML.";
    ruleFiles = option (types.listOf types.path) [ ] "Files of rules that alert.";
    alertmanagers = option (types.listOf types.attrs) [ ] "Who is told of alerts.";
  };

  config = lib.mkIf cfg.enable {
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
      serviceConfig = hardening // {
        ExecStart = lib.concatStringsSep " " (
          [
            (lib.getExe cfg.package)
            "--config.file=${configFile}"
            "--storage.tsdb.path=${directory}/data"
            "--web.listen-address=${cfg.listenAddress}:${toString cfg.port}"
          ]
          ++ lib.optional (cfg.retentionTime != null) "--storage.tsdb.retention.time=${cfg.retentionTime}"
          ++ lib.optional (cfg.webExternalUrl != null) "--web.external-url=${cfg.webExternalUrl}"
          ++ lib.optional (cfg.webConfigFile != null) "--web.config.file=${cfg.webConfigFile}"
          ++ cfg.extraFlags
        );
        ExecReload = "/bin/kill -HUP $MAINPID";
        User = "prometheus";
        Group = "prometheus";
        StateDirectory = cfg.stateDir;
        StateDirectoryMode = "0700";
        RuntimeDirectory = "prometheus";
        RuntimeDirectoryMode = "0700";
        WorkingDirectory = directory;
        Restart = "always";

        CapabilityBoundingSet = [ "" ];
        DeviceAllow = [ "/dev/null rw" ];
        DevicePolicy = "strict";
        MemoryDenyWriteExecute = true;
        NoNewPrivileges = true;
        PrivateDevices = true;
        PrivateTmp = true;
        PrivateUsers = true;
        ProtectHome = true;
        ProtectProc = "invisible";
        ProtectSystem = "full";
        RemoveIPC = true;
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
      };
    };
  };
}
