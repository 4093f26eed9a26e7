# What serves Nextcloud: nginx for the proxy alone, PHP as large as its host, and what each may do.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (config.nixmox) certificate service;
  inherit (config.services) nextcloud;
  nixmoxLib = import ../../lib { inherit lib; };
  port = nixmoxLib.first service.ports;
  credentials = "/run/credentials/nginx.service";
  sizeFile = "/run/nextcloud-size/environment";

  # A process of PHP takes about 96 MiB; nginx, Redis and the system need the rest.
  writeSize = pkgs.writeShellScript "write-nextcloud-size" ''
    set -eu
    while read -r name value _; do
      if [[ $name == MemTotal: ]]; then memory=$((value / 1024)); fi
    done </proc/meminfo
    children=$(((memory - 512) / 96))
    ((children >= 4)) || children=4
    ${pkgs.coreutils}/bin/mkdir -p ${dirOf sizeFile}
    printf 'NEXTCLOUD_CHILDREN=%s\n' "$children" >${sizeFile}
  '';

  # It compiles expressions and writes to its folder.
  php = {
    MemoryDenyWriteExecute = false;
    ReadWritePaths = [ nextcloud.home ];
  };
in
{
  config = lib.mkIf nextcloud.enable {
    services.nginx.virtualHosts.${nextcloud.hostName} = {
      listen = [
        {
          addr = service.ip;
          inherit port;
          ssl = certificate != null;
        }
      ];
    }
    // lib.optionalAttrs (certificate != null) {
      onlySSL = true;
      sslCertificate = "${credentials}/certificate";
      sslCertificateKey = "${credentials}/key";
    };

    services.nextcloud.poolSettings = {
      pm = "ondemand";
      # PHP looks it up in its environment.
      "pm.max_children" = "\${NEXTCLOUD_CHILDREN}";
      "pm.process_idle_timeout" = "60s";
      "pm.max_requests" = 500;
    };

    systemd.services = {
      nginx.serviceConfig.LoadCredential = lib.optionals (certificate != null) [
        "certificate:${certificate.certFile}"
        "key:${certificate.keyFile}"
      ];
      phpfpm-nextcloud.serviceConfig = {
        ExecStartPre = [ "+${writeSize}" ];
        EnvironmentFile = "-${sizeFile}";
      };
    };

    nixmox.sandbox = {
      nginx =
        if port < 1024 then
          nixmoxLib.lowPorts
        else
          {
            AmbientCapabilities = [ "" ];
            CapabilityBoundingSet = [ "" ];
          };
      redis-nextcloud = { };
      nextcloud-first-password = { };
      nextcloud-setup = php;
      nextcloud-cron = php;
      nextcloud-update-db = php;
      # It starts its processes as another user.
      phpfpm-nextcloud = php // {
        CapabilityBoundingSet = [
          ""
          "CAP_CHOWN"
          "CAP_DAC_OVERRIDE"
          "CAP_FOWNER"
          "CAP_KILL"
          "CAP_SETGID"
          "CAP_SETUID"
        ];
        PrivateUsers = false;
        SystemCallFilter = [ "@system-service" ];
      };
    };
  };
}
