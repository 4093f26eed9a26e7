# Prometheus, which finds what to watch in the fragments that services put here.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (config.nixmox) certificate routes service;
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
  webConfig = {
    tls_server_config = {
      cert_file = "${credentials}/certificate";
      key_file = "${credentials}/key";
    };
  };
  # JSON is YAML.
  checkFile = pkgs.writeText "scrape.yml" (builtins.toJSON { scrape_configs = jobs; });
in
{
  config =
    nixmoxLib.require [ (nixmoxLib.needsPort service "Prometheus" 9090) ]
      {
        services.prometheus = {
          enable = true;
          listenAddress = service.ip;
          inherit port;
          webConfigFile = lib.mkIf (certificate != null) (
            pkgs.writeText "web.yml" (builtins.toJSON webConfig)
          );
          webExternalUrl = lib.mkIf (route != null) route.url;
          scrapeConfigs = jobs;
        };

        systemd.services.prometheus = {
          wants = [ "network-online.target" ];
          after = [ "network-online.target" ];
          serviceConfig.LoadCredential = lib.mkIf (certificate != null) [
            "certificate:${certificate.certFile}"
            "key:${certificate.keyFile}"
          ];
        };

        nixmox.fragments.scrape = {
          suffix = ".json";
          check = "${lib.getExe' package.cli "promtool"} check config ${checkFile} >/dev/null";
        };
      };
}
