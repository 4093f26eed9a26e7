# The reverse proxy: each service's public names come as a fragment, and the homelab's own authority
# issues every certificate.
{ config, lib, ... }:
let
  inherit (config.nixmox) secrets service;
  inherit (config.nixmox.fragments.routes) directory suffix;
  inherit (config.services.caddy) package;
  inherit (import ../../lib { inherit lib; }) lowPorts require;
  certificate = ../../../ca.crt;
  hasAuthority = builtins.pathExists certificate;
  # A different root gets a different authority name, since Caddy stores intermediates by name.
  authority = "nixmox-${builtins.substring 0 8 (builtins.hashFile "sha256" certificate)}";
  issuing = ''
    pki {
      ca ${authority} {
        name "NixMox Internal CA"
        root {
          cert ${certificate}
          key {$CREDENTIALS_DIRECTORY:/run/credentials/caddy.service}/ca-key
        }
      }
    }
    cert_issuer internal {
      ca ${authority}
    }
  '';
in
{
  config =
    require
      [
        {
          assertion = hasAuthority -> secrets ? ca-key;
          message = ''Unable to configure ${service.name}: it has no secret ca-key, which only the proxy gets. Set `provides = ["proxy"]` in the manifest.'';
        }
      ]
      {
        services.caddy = {
          enable = true;
          globalConfig = ''
            admin localhost:2019
            grace_period 10s
            skip_install_trust
            ${if hasAuthority then issuing else "local_certs"}
          '';
          # An unknown name gets an empty page.
          extraConfig = ''
            import ${directory}/*${suffix}
            http:// {
              respond 404
            }
            https:// {
              respond 404
            }
          '';
        };

        systemd.services.caddy.serviceConfig.LoadCredential = lib.mkIf hasAuthority [
          "ca-key:${secrets.ca-key.path}"
        ];

        # Its package asks for more: the right to configure networks, and to write to most folders.
        nixmox.sandbox.caddy = lowPorts // {
          ProtectSystem = "strict";
        };

        networking.firewall = {
          allowedTCPPorts = [
            80
            443
          ];
          # HTTP/3
          allowedUDPPorts = [ 443 ];
        };

        nixmox.fragments.routes = {
          suffix = ".caddy";
          # The check loads everything, including the authority, in a folder that is removed afterwards.
          check = ''
            scratch=$(mktemp -d)
            trap 'rm -rf "$scratch"' EXIT
            ${lib.optionalString hasAuthority ''ln -s ${secrets.ca-key.path} "$scratch/ca-key"''}
            export CREDENTIALS_DIRECTORY=$scratch XDG_DATA_HOME=$scratch XDG_CONFIG_HOME=$scratch
            if ! ${lib.getExe package} validate --config /etc/caddy/caddy_config --adapter caddyfile \
              >"$scratch/log" 2>&1; then
              grep '^Error' "$scratch/log" || cat "$scratch/log"
              exit 1
            fi
          '';
          apply = "systemctl try-reload-or-restart caddy.service";
        };
      };
}
