# Prometheus, which finds what to watch in the fragments that services put here. On the service's second
# port, if it has one, is Alertmanager; with a route named `grafana`, Grafana; on port 3100, Loki. The
# first two answer nobody who does not sign in: at the proxy, where all its routes are guarded, and else
# here, as `admin`.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (config.nixmox) alerting secrets service;
  inherit (config.nixmox.fragments.scrape) directory suffix;
  inherit (config.services.prometheus) package;
  nixmoxLib = import ../../lib { inherit lib; };
  program = import ./program.nix { inherit config lib pkgs; };

  alertmanager = program {
    unit = "alertmanager";
    port = nixmoxLib.first (lib.drop 1 service.ports);
  };
  hasAlertmanager = alertmanager.port != null;
  # Whether the proxy could guard one of them only if it had a route.
  hasUnrouted = prometheus.route == null || hasAlertmanager && alertmanager.route == null;
  # The port that Loki has anyway.
  lokiFirst = lib.elem 3100 (lib.take 2 service.ports);
  prometheus = program {
    unit = "prometheus";
    port = nixmoxLib.first service.ports;
    asks = hasAlertmanager && !alertmanager.guarded;
  };

  # How Prometheus reaches one of the programs here.
  reach =
    labels: program:
    {
      inherit (program) scheme;
      static_configs = [ (labels // { targets = [ program.address ]; }) ];
    }
    // program.login "prometheus";
  ownJob =
    name: program:
    reach { labels.service = service.name; } program
    // {
      job_name = name;
      metrics_path = "${program.path}/metrics";
    };

  shipped = import ./rules.nix { inherit lib; };
  given = alerting.rules or { };
  unknown = lib.filter (name: given.${name}.expr == null && !shipped ? ${name}) (lib.attrNames given);
  # What the manifest says wins, value by value.
  rule =
    name:
    {
      enable = true;
      for = "5m";
      severity = "warning";
      summary = name;
    }
    // shipped.${name} or { }
    // lib.filterAttrs (_: value: value != null) (given.${name} or { });
  rules = lib.filter (each: each.enable) (
    map (name: rule name // { inherit name; }) (lib.attrNames (shipped // given))
  );
  # JSON is YAML.
  ruleFile = pkgs.writeText "rules.yml" (
    builtins.toJSON {
      groups = [
        {
          name = "nixmox";
          rules = map (
            {
              name,
              expr,
              for,
              severity,
              summary,
              ...
            }:
            {
              alert = name;
              inherit expr for;
              labels.severity = severity;
              annotations.summary = summary;
            }
          ) rules;
        }
      ];
    }
  );

  targets = {
    job_name = "node";
    file_sd_configs = [ { files = [ "${directory}/*${suffix}" ]; } ];
  };
  checkFile = pkgs.writeText "scrape.yml" (builtins.toJSON { scrape_configs = [ targets ]; });
  network = [ "network-online.target" ];
in
{
  imports = [
    ./alertmanager.nix
    ./grafana.nix
    ./loki.nix
  ];

  config =
    nixmoxLib.require
      [
        (nixmoxLib.needsPort service "Prometheus" 9090)
        {
          assertion = !lokiFirst;
          message = "Unable to configure ${service.name}: Loki has port 3100, where Prometheus or Alertmanager would listen, too. Set `ports = [9090, 9093, 3100]` in the manifest: Prometheus takes the first, and Alertmanager the second.";
        }
        {
          assertion =
            lokiFirst
            || secrets ? admin-password
            || prometheus.guarded && (hasAlertmanager -> alertmanager.guarded);
          message = "Unable to configure ${service.name}: without a password, everyone on the network could read Prometheus${lib.optionalString hasAlertmanager " and silence Alertmanager"}. Set `interface.secrets.admin-password = {}` in the manifest, or `auth.type = \"forward_auth\"` on each route${lib.optionalString hasUnrouted ", with one to each of their ports"}.";
        }
        {
          assertion = unknown == [ ];
          message = "Unable to configure ${service.name}: no rule named ${lib.concatStringsSep ", " unknown} is shipped. Set `interface.alerting.rules.${toString (nixmoxLib.first unknown)}.expr` in the manifest, or correct its name to one of ${lib.concatStringsSep ", " (lib.attrNames shipped)}.";
        }
      ]
      {
        services.prometheus = {
          enable = true;
          listenAddress = service.ip;
          inherit (prometheus) port webConfigFile;
          webExternalUrl = lib.mkIf (prometheus.route != null) prometheus.route.url;
          globalConfig = {
            scrape_interval = lib.mkDefault "15s";
            evaluation_interval = lib.mkDefault "15s";
          };
          scrapeConfigs = [
            targets
            (ownJob "prometheus" prometheus)
          ]
          ++ lib.optional hasAlertmanager (ownJob "alertmanager" alertmanager);
          # Without Alertmanager, its page shows them.
          ruleFiles = [ ruleFile ];
          alertmanagers = lib.optional hasAlertmanager (
            reach { } alertmanager
            // lib.optionalAttrs (alertmanager.route != null) { path_prefix = alertmanager.route.path; }
          );
        };

        nixmox.sandbox.prometheus.ProtectSystem = "strict";
        nixmox.state.prometheus.directory = "/var/lib/${config.services.prometheus.stateDir}";

        systemd.services.prometheus = {
          wants = network ++ lib.optional hasAlertmanager "alertmanager.service";
          after = network;
          inherit (prometheus) serviceConfig;
        };

        nixmox.fragments.scrape = {
          suffix = ".json";
          check = "${lib.getExe' package.cli "promtool"} check config ${checkFile} >/dev/null";
        };
      };
}
