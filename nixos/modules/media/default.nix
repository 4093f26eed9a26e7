# What finds, downloads and plays films and series, on one host: Jellyfin, Sonarr, Radarr, Prowlarr and
# Transmission. A program runs if the manifest has a route of its name.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (config.nixmox)
    routes
    service
    signIns
    volumes
    ;
  nixmoxLib = import ../../lib { inherit lib; };
  media = import ./media.nix { inherit config lib; };
  inherit (media) programs running root;
  units = map (name: "${name}.service") running;

  # People who copy files here do so as root: what they make gets the group of the directory.
  prepare = pkgs.writeShellScript "prepare-directories" ''
    set -eu
    mkdir -p ${root}
    install -d -m 2770 -o root -g ${media.group} \
      ${media.downloads} ${media.library} ${
        lib.concatMapStringsSep " " (name: "${media.library}/${name}") media.kinds
      }
  '';
in
{
  imports = [
    ./jellyfin.nix
    ./servarr.nix
    ./tls.nix
    ./transmission.nix
  ];

  config =
    nixmoxLib.require
      [
        {
          assertion = running != [ ];
          message = "Unable to configure ${service.name}: none of its programs has a route. Set one or more of ${
            lib.concatMapStringsSep ", " (name: "`interface.routes.${name}`") programs
          } in the manifest.";
        }
        {
          assertion = media.unit != null && !lib.elem service.unit (map (name: "${name}.service") programs);
          message = "Unable to configure ${service.name}: ${service.unit} is to start all of its programs, and cannot be one of them. Leave `unit` out of the manifest.";
        }
        {
          assertion = root != null;
          message = "Unable to configure ${service.name}: one of its volumes holds downloads and library, since a file cannot have two names on two disks. Call that one `volumes.media` in the manifest.";
        }
        {
          assertion = signIns == { };
          message = "Unable to configure ${service.name}: none of its programs is a client of the identity provider. Set `interface.auth.type = \"forward_auth\"` in the manifest, or leave `interface.auth` out.";
        }
      ]
      {
        users.groups.${media.group} = { };

        # Whatever restarts this one, such as a new secret, restarts the programs, which need it.
        systemd.services.${media.unit} = {
          description = "Directories that the programs of ${service.name} share";
          wantedBy = [ "multi-user.target" ];
          wants = units;
          before = units;
          serviceConfig = {
            Type = "oneshot";
            RemainAfterExit = true;
            ExecStart = "${prepare}";
          };
        };
      };
}
