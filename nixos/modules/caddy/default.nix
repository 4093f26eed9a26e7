# The reverse proxy: each service's public names come as a fragment, and the homelab's own authority
# issues every certificate.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (config.nixmox)
    authority
    caFile
    service
    stateDirectory
    ;
  inherit (config.nixmox.fragments.routes) directory suffix;
  inherit (config.services.caddy) package;
  inherit (import ../../lib { inherit lib; }) lowPorts require;
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
  sitesFile = "${stateDirectory}/sites.caddy";
  # An unknown name gets an empty page. A pattern may match nothing, as in the beginning.
  sites = ''
    import ${stateDirectory}/sites*.caddy
    http:// {
      respond 404
    }
    https:// {
      respond 404
    }
  '';
  # Routes are checked without the authority, whose key the check does not need.
  caddyfile = pkgs.writeText "Caddyfile" ''
    {
      admin off
      local_certs
      skip_install_trust
    }
    ${sites}
  '';
  assembleSites = pkgs.writeShellApplication {
    name = "assemble-sites";
    runtimeInputs = [
      pkgs.coreutils
      pkgs.jq
    ];
    text = ''
      directory=${directory} suffix=${suffix}
      assemble() {
        ${builtins.readFile ./assemble-sites.sh}
      }
      # Older releases of Caddy refuse a file without a byte.
      { echo "# Assembled from the routes."; assemble; } >${sitesFile}.new
      # Caddy reads it, whatever the mask of the unit is.
      chmod 0644 ${sitesFile}.new
      mv ${sitesFile}.new ${sitesFile}
    '';
  };
  checkRoutes = pkgs.writeShellApplication {
    name = "check-routes";
    runtimeInputs = [
      pkgs.coreutils
      pkgs.gnugrep
      pkgs.gnused
      pkgs.jq
      package
    ];
    text = ''
      directory=${directory} suffix=${suffix} caddyfile=${caddyfile}
      authorities=${config.nixmox.fragments.authorities.directory}
      text=${./route-text.jq} site=${./route-site.jq}
      ${builtins.readFile ./check-routes.sh}
    '';
  };
  # What a check may not even see: credentials, certificates' keys and Caddy's administration.
  hidden = [
    "-/run/credentials"
    "-/run/caddy"
    "-/var/lib/caddy"
    "-${stateDirectory}/secrets"
  ];
  # Looks at all routes, and at one fragment among them if its path is given.
  confined = arguments: ''
    exec systemd-run --quiet --wait --pipe --collect \
      --property=User=caddy --property=Group=caddy --property=NoNewPrivileges=yes \
      --property=PrivateTmp=yes --property=PrivateNetwork=yes \
      --property=ProtectHome=yes --property=ProtectSystem=strict \
      --property=InaccessiblePaths="${toString hidden}" \
      ${lib.getExe checkRoutes} ${arguments}
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
            admin unix//run/caddy/admin.sock
            grace_period 10s
            skip_install_trust
            ${if hasAuthority then issuing else "local_certs"}
          '';
          extraConfig = sites;
        };

        systemd.services.caddy = {
          # It reads the root again with which it checks services that serve TLS.
          restartTriggers = lib.optional hasAuthority caFile;
          serviceConfig = {
            # Anyone who reaches Caddy's administration can have it serve anything: root and Caddy itself.
            RuntimeDirectory = "caddy";
            RuntimeDirectoryMode = "0700";
          }
          // {
            # As root: the fragments are root's, and so is what they are assembled to.
            ExecStartPre = [ "+${lib.getExe assembleSites}" ] ++ lib.optional hasAuthority forgetCertificates;
          }
          // lib.optionalAttrs hasAuthority {
            LoadCredential = [
              "certificate:${authority.certFile}"
              "key:${authority.keyFile}"
            ];
          };
        };

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

        # Certificates from which those of devices must come. The routes are checked as a whole then,
        # since one of them may read the file.
        nixmox.fragments.authorities = {
          suffix = ".pem";
          check = ''
            [ ! -e "$1" ] || ${lib.getExe pkgs.openssl} x509 -in "$1" -noout
            ${confined ""}
          '';
          apply = "systemctl try-reload-or-restart caddy.service";
        };

        nixmox.fragments.routes = {
          suffix = ".caddy";
          check = ''
            ${lib.getExe assembleSites}
            ${confined ''"$@"''}
          '';
          apply = "systemctl try-reload-or-restart caddy.service";
        };
      };
}
