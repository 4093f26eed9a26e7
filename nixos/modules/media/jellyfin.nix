# Jellyfin, which plays films and series. It has users of its own: the first one, whom its wizard would
# ask for, is `admin`, with the password of the manifest.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (config.nixmox)
    databases
    routes
    secrets
    service
    stateDirectory
    ;
  inherit (config.services.jellyfin) configDir dataDir cacheDir;
  nixmoxLib = import ../../lib { inherit lib; };
  media = import ./media.nix { inherit config lib; };
  passwordFile = secrets.jellyfin-password.path or null;

  # Written at each start: what its page for networking changes lasts until then. Its addresses and the
  # names by which people reach it are the manifest's, and nothing is announced to the network.
  element =
    name: value:
    let
      text =
        if lib.isList value then
          lib.concatMapStrings (each: "<string>${each}</string>") value
        else if lib.isBool value then
          lib.boolToString value
        else
          toString value;
    in
    "  <${name}>${text}</${name}>\n";
  port = media.portOf "jellyfin";
  address = media.addressOf "jellyfin";
  networkFile = pkgs.writeText "network.xml" ''
    <?xml version="1.0" encoding="utf-8"?>
    <NetworkConfiguration>
    ${
      lib.concatStrings (
        lib.mapAttrsToList element {
          BaseUrl = media.pathOf "jellyfin";
          EnableHttps = false;
          RequireHttps = false;
          InternalHttpPort = port;
          PublicHttpPort = port;
          AutoDiscovery = false;
          EnableUPnP = false;
          EnableIPv4 = true;
          EnableIPv6 = false;
          EnableRemoteAccess = true;
          LocalNetworkAddresses = [ address ];
          KnownProxies = media.proxies ++ lib.optional (address == "127.0.0.1") "127.0.0.1";
          PublishedServerUriBySubnet = [ "all=${routes.jellyfin.url}" ];
        }
      )
    }</NetworkConfiguration>
  '';

  nixmoxJellyfin = pkgs.writeShellApplication {
    name = "nixmox-jellyfin";
    runtimeInputs = [
      pkgs.coreutils
      pkgs.curl
      pkgs.jq
    ];
    text = ''
      url=${media.urlOf "jellyfin"} user=admin
      file=${passwordFile} accepted=${stateDirectory}/jellyfin/password
      ${builtins.readFile ./nixmox-jellyfin.sh}
    '';
  };
in
{
  config = lib.mkIf (media.runs "jellyfin") (
    nixmoxLib.require
      (
        media.placed "jellyfin" 8096
        ++ [
          {
            assertion = passwordFile != null;
            message = "Unable to configure ${service.name}: anyone who opened Jellyfin first would become its administrator. Set `interface.secrets.jellyfin-password = {}` in the manifest.";
          }
          {
            assertion = !(databases ? jellyfin);
            message = "Unable to configure ${service.name}: Jellyfin keeps its data in files and can use no database server. Remove `interface.dbs.jellyfin` from the manifest.";
          }
        ]
      )
      {
        services.jellyfin = {
          enable = true;
          inherit (media) group;
        };

        nixmox.sandbox.jellyfin = {
          # .NET compiles while it runs.
          MemoryDenyWriteExecute = false;
          # A host file may give it a graphics card.
          PrivateDevices = !config.services.jellyfin.hardwareAcceleration.enable;
          ProtectSystem = "strict";
          # NixOS gives up these in containers, where the others have them. Without a folder of its own,
          # it could not write to /tmp, where it makes previews.
          PrivateTmp = true;
          ProtectControlGroups = true;
          ProtectKernelLogs = true;
          ProtectKernelModules = true;
          ProtectKernelTunables = true;
          RestrictNamespaces = true;
        };
        nixmox.state.jellyfin = {
          directory = dataDir;
          units = [ "jellyfin.service" ];
        };
        environment.systemPackages = [ nixmoxJellyfin ];
        systemd.services.jellyfin = media.unitOf {
          preStart = lib.mkBefore ''
            install -m 0600 ${networkFile} ${configDir}/network.xml
          '';
          serviceConfig = {
            # It reads the library and changes nothing there.
            ReadWritePaths = [
              cacheDir
              dataDir
            ];
            # Nobody else reaches it before: the proxy's route comes once it is healthy.
            ExecStartPost = [ "+${lib.getExe nixmoxJellyfin} apply" ];
            TimeoutStartSec = 300;
          };
        };
      }
  );
}
