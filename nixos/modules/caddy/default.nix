# The reverse proxy: each service's public names come as a fragment, and the homelab's own authority
# issues every certificate.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (config.nixmox) authority caFile service;
  inherit (config.nixmox.fragments.routes) directory suffix;
  inherit (config.services.caddy) package;
  inherit (import ../../lib { inherit lib; }) require;
  hasAuthority = caFile != null;
  credentials = "{$CREDENTIALS_DIRECTORY:/run/credentials/caddy.service}";
  # Caddy 2.6 wants a root with its key, which only the deployment has: here, what signs is its own
  # root. Whom clients trust is not decided here.
  pair = ''
    {
      cert ${credentials}/certificate
      key ${credentials}/key
    }
  '';
  issuing = ''
    pki {
      ca nixmox {
        name "NixMox Internal CA"
        root ${pair}
        intermediate ${pair}
      }
    }
    cert_issuer internal {
      ca nixmox
    }
  '';
  # They come from another authority after each renewal, of which Caddy would not know; and before
  # there were renewals, it had an authority of its own.
  forgetCertificates = pkgs.writeShellScript "forget-certificates" ''
    cd "$HOME/.local/share/caddy" 2>/dev/null || exit 0
    rm -rf certificates/nixmox* pki/authorities/nixmox*
  '';
in
{
  config =
    require
      [
        {
          assertion = hasAuthority -> authority != null;
          message = ''Unable to configure ${service.name}: it has no authority of its own, which only a proxy gets. Set `provides = ["proxy"]` in the manifest.'';
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

        systemd.services.caddy = lib.mkIf hasAuthority {
          # It reads the root again with which it checks services that serve TLS.
          restartTriggers = [ caFile ];
          serviceConfig = {
            ExecStartPre = [ forgetCertificates ];
            LoadCredential = [
              "certificate:${authority.certFile}"
              "key:${authority.keyFile}"
            ];
          };
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
            ${lib.optionalString hasAuthority ''
              ln -s ${authority.certFile} "$scratch/certificate"
              ln -s ${authority.keyFile} "$scratch/key"
            ''}
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
