# Prometheus, which finds what to watch in the fragments that services put here.
{
  config,
  lib,
  pkgs,
  service,
  ...
}:
let
  inherit (config.nixmox.fragments.scrape) directory suffix;
  inherit (config.services.prometheus) package;
  routes = lib.attrValues service.interface.proxy;
  jobs = [
    {
      job_name = "node";
      scrape_interval = "15s";
      file_sd_configs = [ { files = [ "${directory}/*${suffix}" ]; } ];
    }
  ];
  # JSON is YAML.
  trial = pkgs.writeText "scrape.yml" (builtins.toJSON { scrape_configs = jobs; });
in
{
  services.prometheus = {
    enable = true;
    listenAddress = service.ip;
    port = if service.ports == [ ] then 9090 else lib.head service.ports;
    webExternalUrl = lib.mkIf (routes != [ ]) (
      let
        route = lib.head routes;
      in
      "${if route.tls then "https" else "http"}://${route.domain}${route.path}"
    );
    scrapeConfigs = jobs;
  };

  systemd.services.prometheus = {
    wants = [ "network-online.target" ];
    after = [ "network-online.target" ];
  };

  nixmox.fragments.scrape = {
    suffix = ".json";
    check = "${lib.getExe' package.cli "promtool"} check config ${trial} >/dev/null";
  };
}
