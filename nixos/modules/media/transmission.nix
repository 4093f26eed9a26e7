# Transmission, which downloads torrents. The proxy, or its own password, decides who may tell it what;
# peers reach it at the service's UDP port.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (config.nixmox) routes secrets service;
  nixmoxLib = import ../../lib { inherit lib; };
  media = import ./media.nix { inherit config lib; };
  peers = nixmoxLib.first (lib.filter (each: each.protocol == "udp") service.listens);
  # Null: it asks for no password.
  passwordFile = secrets.transmission-password.path or null;
  credentialsFile = "/run/transmission-credentials/settings.json";
  comma = lib.concatStringsSep ",";

  # Transmission takes what begins with a brace for the hash of a password.
  writeCredentials = pkgs.writeShellScript "write-credentials" ''
    set -eu
    umask 0077
    mkdir -p ${dirOf credentialsFile}
    ${lib.getExe pkgs.jq} --raw-input --slurp '
      rtrimstr("\n")
      | if startswith("{") or . == "" then
          error("Unable to set the password of Transmission: it is empty or begins with a brace. Set another one as transmission-password.")
        else { "rpc-password": . } end
    ' <${passwordFile} >${credentialsFile}
  '';
  removeCredentials = "+${pkgs.coreutils}/bin/rm -f ${credentialsFile}";
in
{
  config = lib.mkIf (media.runs "transmission") (
    nixmoxLib.require
      (
        media.placed "transmission" 9091
        ++ [
          {
            assertion = passwordFile != null || media.guarded "transmission";
            message = "Unable to configure ${service.name}: without a password, everyone could use Transmission. Set `interface.secrets.transmission-password = {}` in the manifest, or `interface.routes.transmission.auth.type = \"forward_auth\"`.";
          }
          {
            assertion = peers != null && peers.first == peers.last;
            message = "Unable to configure ${service.name}: Transmission needs one UDP port for its peers. Add `{ port = 51413, protocol = \"udp\" }` to `ports` in the manifest; with `from = [\"0.0.0.0/0\"]`, the others find it by themselves.";
          }
        ]
      )
      {
        services.transmission = {
          enable = true;
          # NixOS asks for a decision on hosts that it knows from earlier releases.
          package = lib.mkDefault pkgs.transmission_4;
          inherit (media) group;
          credentialsFile = lib.mkIf (passwordFile != null) credentialsFile;
          settings = {
            download-dir = media.downloads;
            # It would be another mount, out of which files are copied.
            incomplete-dir-enabled = false;
            rename-partial-files = true;
            # Others of the group may link to the files, for which they must be able to write to them.
            umask = 2;

            rpc-bind-address = media.addressOf "transmission";
            rpc-port = media.portOf "transmission";
            rpc-url =
              let
                path = media.pathOf "transmission";
              in
              if path == "" then "/transmission/" else "${path}/";
            rpc-authentication-required = passwordFile != null;
            rpc-username = "media";
            rpc-whitelist-enabled = true;
            rpc-whitelist = comma (
              lib.unique (
                [
                  "127.0.0.1"
                  service.ip
                ]
                ++ media.proxies
              )
            );
            rpc-host-whitelist-enabled = true;
            rpc-host-whitelist = comma (
              lib.unique [
                routes.transmission.domain
                service.hostname
              ]
            );

            peer-port = peers.first;
            peer-port-random-on-start = false;
            # No router opens a port because a program asks for it, and no neighbour is told.
            port-forwarding-enabled = false;
            lpd-enabled = false;
          };
        };

        nixmox.sandbox.transmission = { };
        nixmox.state.transmission = {
          directory = "/var/lib/transmission";
          units = [ "transmission.service" ];
        };
        systemd.services.transmission = media.unitOf {
          serviceConfig.ExecStartPre = lib.mkIf (passwordFile != null) (
            lib.mkMerge [
              (lib.mkBefore [ "+${writeCredentials}" ])
              (lib.mkAfter [ removeCredentials ])
            ]
          );
        };
      }
  );
}
