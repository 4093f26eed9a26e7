# The reverse proxy: each service's public names come as a fragment, and every certificate from the
# homelab's own authority.
{
  config,
  lib,
  nixmoxLib,
  ...
}:
let
  inherit (config.nixmox.fragments.routes) directory suffix;
  inherit (config.services.caddy) package;
  certificate = ../../../ca.crt;
  hasAuthority = builtins.pathExists certificate;
  # An authority of another name for another root: Caddy keeps intermediates by name.
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
  services.caddy = {
    enable = true;
    globalConfig = ''
      admin localhost:2019
      grace_period 10s
      skip_install_trust
      ${if hasAuthority then issuing else "local_certs"}
    '';
    # Whoever asks for a name that nobody has gets nobody's page.
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
    "ca-key:${nixmoxLib.secretFile "ca-key"}"
  ];

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
    # To check is to load everything, the authority too, into a place that goes afterwards.
    check = ''
      scratch=$(mktemp -d)
      trap 'rm -rf "$scratch"' EXIT
      export CREDENTIALS_DIRECTORY=${nixmoxLib.stateDirectory}/secrets
      export XDG_DATA_HOME=$scratch XDG_CONFIG_HOME=$scratch
      if ! ${lib.getExe package} validate --config /etc/caddy/caddy_config --adapter caddyfile \
        >"$scratch/log" 2>&1; then
        grep '^Error' "$scratch/log" || cat "$scratch/log"
        exit 1
      fi
    '';
    apply = "systemctl try-reload-or-restart caddy.service";
  };
}
