# Prometheus, which finds what to watch in the fragments that services put here, and on the service's
# second port, if it has one, Alertmanager, which passes alerts on. Each answers nobody who does not
# sign in: at the proxy, where all its routes are guarded, and else here, as `admin`.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (config.nixmox)
    certificate
    routes
    secrets
    service
    ;
  inherit (config.nixmox.fragments.scrape) directory suffix;
  inherit (config.services.prometheus) package;
  nixmoxLib = import ../../lib { inherit lib; };

  # `asks`: whether it signs in to another one.
  program =
    unit: port: asks:
    let
      own = lib.filterAttrs (
        _: route: route.upstream != null && lib.hasSuffix ":${toString port}" route.upstream
      ) routes;
      # Only the proxy reaches its port, and whatever depends on this service.
      guarded = own != { } && lib.all (route: route.guarded) (lib.attrValues own);
      credentials = "/run/credentials/${unit}.service";
      webConfigFile = "/run/${unit}/web.yml";

      # JSON is YAML.
      tls =
        lib.optionalString (certificate != null)
          "tls_server_config: ${
            builtins.toJSON {
              cert_file = "${credentials}/certificate";
              key_file = "${credentials}/key";
            }
          }";
      # A hash is wanted, and compared at every request: a cost of 10 is enough for a password of
      # 32 random characters. The program reads the file again by itself.
      writeWebConfig = pkgs.writeShellScript "write-web-config" ''
        set -eu
        umask 0377
        rm -f ${webConfigFile}
        ${lib.optionalString (!guarded) ''
          hash=$(${pkgs.mkpasswd}/bin/mkpasswd --method=bcrypt --rounds=10 --stdin \
            <"$CREDENTIALS_DIRECTORY/admin-password")
        ''}
        cat >${webConfigFile} <<END
        ${lib.optionalString (!guarded) ''basic_auth_users: { admin: "$hash" }''}
        ${tls}
        END
      '';
    in
    {
      inherit port guarded webConfigFile;
      route = nixmoxLib.mainRoute own;
      serviceConfig = {
        ExecStartPre = [ writeWebConfig ];
        LoadCredential =
          lib.optional (asks || !guarded) "admin-password:${secrets.admin-password.path}"
          ++ lib.optionals (certificate != null) [
            "certificate:${certificate.certFile}"
            "key:${certificate.keyFile}"
          ];
      };
    };
  prometheus = program "prometheus" (nixmoxLib.first service.ports) (
    hasAlertmanager && !alertmanager.guarded
  );
  alertmanager = program "alertmanager" (nixmoxLib.first (lib.drop 1 service.ports)) false;
  hasAlertmanager = alertmanager.port != null;

  # How Prometheus finds Alertmanager. Its certificate is for this host's name.
  ownAlertmanager = {
    scheme = if certificate == null then "http" else "https";
    static_configs = [
      {
        targets = [
          "${if certificate == null then service.ip else service.hostname}:${toString alertmanager.port}"
        ];
      }
    ];
  }
  // lib.optionalAttrs (alertmanager.route != null) {
    path_prefix = alertmanager.route.path;
  }
  // lib.optionalAttrs (!alertmanager.guarded) {
    basic_auth = {
      username = "admin";
      password_file = "/run/credentials/prometheus.service/admin-password";
    };
  };
  rules = pkgs.writeText "hosts.yml" (
    builtins.toJSON {
      groups = [
        {
          name = "hosts";
          rules = [
            {
              alert = "HostDown";
              expr = "up == 0";
              for = "5m";
              annotations.summary = "{{ $labels.instance }} does not answer.";
            }
          ];
        }
      ];
    }
  );

  jobs = [
    {
      job_name = "node";
      scrape_interval = "15s";
      file_sd_configs = [ { files = [ "${directory}/*${suffix}" ]; } ];
    }
  ];
  checkFile = pkgs.writeText "scrape.yml" (builtins.toJSON { scrape_configs = jobs; });
  network = [ "network-online.target" ];
in
{
  config =
    nixmoxLib.require
      [
        (nixmoxLib.needsPort service "Prometheus" 9090)
        {
          assertion =
            secrets ? admin-password || prometheus.guarded && (hasAlertmanager -> alertmanager.guarded);
          message = "Unable to configure ${service.name}: without a password, everyone on the network could read Prometheus${lib.optionalString hasAlertmanager " and silence Alertmanager"}. Set `interface.secrets.admin-password = {}` in the manifest, or `auth.type = \"forward_auth\"` on each route.";
        }
      ]
      {
        services.prometheus = {
          enable = true;
          listenAddress = service.ip;
          inherit (prometheus) port webConfigFile;
          webExternalUrl = lib.mkIf (prometheus.route != null) prometheus.route.url;
          scrapeConfigs = jobs;
          ruleFiles = lib.optional hasAlertmanager rules;
          alertmanagers = lib.optional hasAlertmanager ownAlertmanager;

          alertmanager = lib.mkIf hasAlertmanager {
            enable = true;
            listenAddress = service.ip;
            inherit (alertmanager) port;
            webExternalUrl = lib.mkIf (alertmanager.route != null) alertmanager.route.url;
            # It shows alerts. A file in nixos/hosts says whom else it tells.
            configuration = lib.mkDefault {
              route.receiver = "page";
              receivers = [ { name = "page"; } ];
            };
            extraFlags = [
              "--web.config.file=${alertmanager.webConfigFile}"
              # It is alone, and listens to no others.
              "--cluster.listen-address="
            ];
          };
        };

        nixmox.sandbox = {
          prometheus.ProtectSystem = "strict";
          alertmanager = lib.mkIf hasAlertmanager { };
        };

        systemd.services = {
          prometheus = {
            wants = network ++ lib.optional hasAlertmanager "alertmanager.service";
            after = network;
            inherit (prometheus) serviceConfig;
          };
          alertmanager = lib.mkIf hasAlertmanager {
            wants = network;
            after = network;
            # The service's unit is Prometheus: what restarts it, such as a new certificate, is for both.
            unitConfig.PartOf = [ "prometheus.service" ];
            serviceConfig = alertmanager.serviceConfig // {
              RuntimeDirectory = "alertmanager";
            };
          };
        };

        nixmox.fragments.scrape = {
          suffix = ".json";
          check = "${lib.getExe' package.cli "promtool"} check config ${checkFile} >/dev/null";
        };
      };
}
