# What the monitoring service reads on this host, and, on its own host, whom it tells of what. As in
# options.nix, the values are the manifest's, and none has a default.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  inherit (config.nixmox) authority caFile certificate;
  option =
    type: example: description:
    mkOption { inherit type example description; };
  optional = type: option (types.nullOr type);
  table =
    options: description:
    mkOption {
      type = types.attrsOf (types.submodule { inherit options; });
      inherit description;
    };
  part =
    options: description:
    mkOption {
      type = types.nullOr (types.submodule { inherit options; });
      inherit description;
    };
  severity = types.enum [
    "critical"
    "warning"
  ];

  receiver = {
    severities = option (types.listOf severity) [ "critical" ] "Which alerts it gets.";
    resolved = option types.bool false "Whether it is told when an alert clears.";
    webhook = part {
      url =
        optional types.str "https://ntfy.nixmox.lan/alerts"
          "Where alerts are sent; null if a secret says so.";
      urlSecret = optional types.str "hook-url" "Name of that secret.";
      bearerSecret =
        optional types.str "hook-token"
          "Name of the secret that requests carry; null if they need none.";
    } "The program that gets alerts over HTTP; null if there is none.";
    email = part {
      to = option (types.listOf types.str) [ "anna@nixmox.lan" ] "Who gets the mail.";
      from = option types.str "alerts@nixmox.lan" "Sender of the mail.";
      server = option types.str "mail.nixmox.lan:587" "Mail server and its port.";
      user = optional types.str "alerts@nixmox.lan" "User who logs in there; null if nobody does.";
      passwordSecret = optional types.str "smtp-password" "Name of the secret with that user's password.";
    } "How alerts are mailed; null if they are not.";
  };
  rule = {
    enable = option types.bool false "Whether the rule is in force.";
    expr =
      optional types.str "node_load5 > 8"
        "PromQL that has a result while something is wrong; null: as shipped.";
    for = optional types.str "10m" "How long it has to have one; null: as shipped, or five minutes.";
    severity = optional severity "critical" "How bad it is; null: as shipped, or a warning.";
    summary =
      optional types.str "{{ $labels.service }} is busy."
        "What people read; null: as shipped, or the rule's name.";
  };

  # What the homelab's own authority has certified here, and its own certificate.
  certificates =
    map (each: each.certFile) (
      lib.filter (each: each != null) [
        authority
        certificate
      ]
    )
    ++ lib.optional (caFile != null) "/etc/nixmox/ca.crt";
  pages = "/run/nixmox-metrics";
  writeEnds = pkgs.writeShellApplication {
    name = "nixmox-certificate-ends";
    runtimeInputs = [
      pkgs.coreutils
      pkgs.openssl
    ];
    text = builtins.readFile ./nixmox-certificate-ends.sh;
  };
in
{
  options.nixmox = {
    metrics = table {
      port = option types.port 9187 "Its port.";
      path = option types.str "/api/metrics" "Its path.";
      tls = option types.bool true "Whether it is served over HTTPS.";
    } "Pages of metrics that the service offers, by the name of the job.";
    alerting = part {
      receivers = table receiver "Whom Alertmanager tells, by name.";
      rules = table rule "Rules beside those that are shipped, and other values for these, by name.";
    } "What the monitoring service on this host does when something is wrong; null on other hosts.";
  };

  config = {
    # Opened to the monitoring service by a fragment.
    services.prometheus.exporters.node = {
      enable = true;
      port = config.nixmox.exporterPort;
      # Which units run, and which have failed.
      enabledCollectors = [ "systemd" ];
      extraFlags = [ "--collector.textfile.directory=${pages}" ];
    };
    systemd.services.nixmox-certificate-ends = {
      description = "Metrics about the certificates of this host";
      serviceConfig = {
        Type = "oneshot";
        ExecStart = "${lib.getExe writeEnds} ${pages}/certificates.prom ${lib.concatStringsSep " " certificates}";
        RuntimeDirectory = baseNameOf pages;
        RuntimeDirectoryPreserve = true;
        User = config.services.prometheus.exporters.node.user;
      };
    };
    systemd.timers.nixmox-certificate-ends = {
      wantedBy = [ "timers.target" ];
      timerConfig = {
        OnActiveSec = "5s";
        OnUnitActiveSec = "1h";
      };
    };
    nixmox.sandbox.nixmox-certificate-ends = {
      PrivateNetwork = true;
    };
    # It reports on the whole host: its processes, disks and clock.
    nixmox.sandbox.prometheus-node-exporter = {
      PrivateUsers = false;
      ProcSubset = "all";
      ProtectProc = "default";
      SystemCallFilter = [
        "@system-service"
        "~@privileged"
        "adjtimex"
        "clock_adjtime"
      ];
    };
  };
}
