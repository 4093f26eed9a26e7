# Where the manifest asks for TLS between the proxy and this host, Caddy serves it: the programs, which
# read no certificate of this kind, listen on the host itself.
{
  config,
  lib,
  ...
}:
let
  inherit (config.nixmox) certificate service;
  media = import ./media.nix { inherit config lib; };
  credentials = "/run/credentials/caddy.service";

  site = name: ''
    # For any name: the proxy passes on the one that people ask for.
    https://:${toString (media.portOf name)} {
      bind ${service.ip}
      tls ${credentials}/certificate ${credentials}/key
      reverse_proxy 127.0.0.1:${toString (media.portOf name)} {
        ${lib.optionalString (media.proxies != [ ]) "trusted_proxies ${toString media.proxies}"}
      }
    }
  '';
  # The others have been reported already.
  placed = lib.filter (name: media.portOf name != null) media.behindCaddy;
in
{
  config = lib.mkIf (placed != [ ]) {
    services.caddy = {
      enable = true;
      globalConfig = ''
        admin unix//run/caddy/admin.sock
        auto_https off
        skip_install_trust
      '';
      extraConfig = lib.concatMapStrings site placed;
    };
    # Its package asks for more: the right to configure networks, and to write to most folders.
    nixmox.sandbox.caddy = {
      AmbientCapabilities = [ "" ];
      ProtectSystem = "strict";
    };
    systemd.services.caddy = media.unitOf {
      serviceConfig = {
        RuntimeDirectory = "caddy";
        LoadCredential = [
          "certificate:${certificate.certFile}"
          "key:${certificate.keyFile}"
        ];
      };
    };
  };
}
