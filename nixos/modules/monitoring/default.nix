# Prometheus, which finds what to watch in the fragments that services put here, and answers no one
# who does not sign in as `admin`.
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
  port = nixmoxLib.first service.ports;
  route = nixmoxLib.mainRoute routes;
  jobs = [
    {
      job_name = "node";
      scrape_interval = "15s";
      file_sd_configs = [ { files = [ "${directory}/*${suffix}" ]; } ];
    }
  ];
  credentials = "/run/credentials/prometheus.service";
  # JSON is YAML.
  tls = lib.optionalString (certificate != null) "tls_server_config: ${
    builtins.toJSON {
      cert_file = "${credentials}/certificate";
      key_file = "${credentials}/key";
    }
  }";
  webConfigFile = "/run/prometheus/web.yml";

  # Prometheus wants a hash, and compares it at every request: a cost of 10 is enough for a
  # password of 32 random characters. It reads the file again by itself.
  writeWebConfig = pkgs.writeShellScript "write-web-config" ''
    set -eu
    umask 0377
    hash=$(${pkgs.mkpasswd}/bin/mkpasswd --method=bcrypt --rounds=10 --stdin \
      <"$CREDENTIALS_DIRECTORY/admin-password")
    rm -f ${webConfigFile}
    cat >${webConfigFile} <<END
    basic_auth_users: { admin: "$hash" }
    ${tls}
    END
  '';

  checkFile = pkgs.writeText "scrape.yml" (builtins.toJSON { scrape_configs = jobs; });
in
{
  config =
    nixmoxLib.require
      [
        (nixmoxLib.needsPort service "Prometheus" 9090)
        {
          assertion = secrets ? admin-password;
          message = "Unable to configure ${service.name}: without a password, everyone on the network could read Prometheus. Set `interface.secrets.admin-password = {}` in the manifest.";
        }
      ]
      {
        services.prometheus = {
          enable = true;
          listenAddress = service.ip;
          inherit port;
          inherit webConfigFile;
          webExternalUrl = lib.mkIf (route != null) route.url;
          scrapeConfigs = jobs;
        };

        nixmox.sandbox.prometheus.ProtectSystem = "strict";
        systemd.services.prometheus = {
          wants = [ "network-online.target" ];
          after = [ "network-online.target" ];
          serviceConfig = {
            ExecStartPre = [ writeWebConfig ];
            LoadCredential = [
              "admin-password:${secrets.admin-password.path}"
            ]
            ++ lib.optionals (certificate != null) [
              "certificate:${certificate.certFile}"
              "key:${certificate.keyFile}"
            ];
          };
        };

        nixmox.fragments.scrape = {
          suffix = ".json";
          check = "${lib.getExe' package.cli "promtool"} check config ${checkFile} >/dev/null";
        };
      };
}
