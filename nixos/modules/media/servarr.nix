# Sonarr, Radarr and Prowlarr, which look for series and films and hand them to Transmission. They leave
# it to the proxy to sign people in. Their data is in SQLite, or in two databases of the server.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (config.nixmox) databases secrets service;
  nixmoxLib = import ../../lib { inherit lib; };
  media = import ./media.nix { inherit config lib; };
  inherit (nixmoxLib) first;
  environmentOf = nixmoxLib.environmentOf pkgs;

  programs = {
    prowlarr = {
      title = "Prowlarr";
      port = 9696;
      # NixOS runs it as a user that exists while it runs, whose directory is this one.
      state = "/var/lib/private/prowlarr";
      files = false;
    };
    radarr = {
      title = "Radarr";
      port = 7878;
      state = "/var/lib/radarr";
      files = true;
    };
    sonarr = {
      title = "Sonarr";
      port = 8989;
      state = "/var/lib/sonarr";
      files = true;
    };
  };

  configure =
    name:
    {
      title,
      port,
      state,
      files,
    }:
    let
      upper = lib.toUpper name;
      main = databases.${name} or null;
      key = secrets."${name}-api-key" or null;
      keyVariable = "${upper}__AUTH__APIKEY";
      # Pairs of a variable and the file with its value.
      values =
        lib.optional (main != null) "${upper}__POSTGRES__PASSWORD ${main.passwordFile}"
        ++ lib.optional (key != null && key.env == null) "${keyVariable} ${key.path}";
      environmentFile = "/run/${name}-environment/environment";
      writeEnvironment = pkgs.writeShellScript "write-environment" ''
        set -eu
        umask 0077
        mkdir -p ${dirOf environmentFile}
        ${lib.getExe environmentOf} ${lib.concatStringsSep " " values} >${environmentFile}
      '';
    in
    lib.mkIf (media.runs name) (
      nixmoxLib.require
        (
          media.placed name port
          ++ [
            {
              assertion = media.guarded name;
              message = "Unable to configure ${service.name}: ${title} leaves it to the proxy to sign people in, and everyone could use it. Set `interface.routes.${name}.auth.type = \"forward_auth\"` in the manifest.";
            }
            {
              assertion = main == null || main.additionalNames != [ ];
              message = "Unable to configure ${service.name}: ${title} has a second database, for its log. Set `interface.dbs.${name}.additionaldbs = [\"${name}-log\"]` in the manifest.";
            }
            {
              assertion = !(databases ? "${name}-log");
              message = "Unable to configure ${service.name}: ${title} logs in to both of its databases as the same role. Remove `interface.dbs.${name}-log` from the manifest, and set `interface.dbs.${name}.additionaldbs = [\"${name}-log\"]`.";
            }
            {
              assertion = key == null || key.env == null || key.env == keyVariable;
              message = "Unable to configure ${service.name}: ${title} does not read ${toString key.env}. Set `interface.secrets.${name}-api-key.env = \"${keyVariable}\"` in the manifest, or leave it out.";
            }
          ]
        )
        {
          services.${name} = {
            enable = true;
            environmentFiles = lib.optional (key != null && key.env != null) key.path;
            settings = {
              server = {
                bindaddress = media.addressOf name;
                port = media.portOf name;
                urlbase = media.pathOf name;
              };
              auth.method = "External";
            }
            // lib.optionalAttrs (main != null) {
              postgres = {
                inherit (main) host port;
                user = main.role;
                maindb = main.name;
                logdb = first main.additionalNames;
              };
            };
          }
          // lib.optionalAttrs files { inherit (media) group; };

          nixmox.sandbox.${name} = {
            # .NET compiles while it runs.
            MemoryDenyWriteExecute = false;
          }
          // lib.optionalAttrs files {
            # Others of the group may link to its files, and replace them.
            UMask = "0002";
          };
          nixmox.state.${name} = {
            directory = state;
            units = [ "${name}.service" ];
          };
          systemd.services.${name} = media.unitOf {
            serviceConfig = {
              ReadWritePaths = lib.optionals files [
                state
                media.root
              ];
            }
            // lib.optionalAttrs (values != [ ]) {
              ExecStartPre = [ "+${writeEnvironment}" ];
              # It is not there before the first start.
              EnvironmentFile = [ "-${environmentFile}" ];
            };
          };
        }
    );
in
{
  config = lib.mkMerge (lib.mapAttrsToList configure programs);
}
