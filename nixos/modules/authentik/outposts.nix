# Authentik's outposts on its own host: directories for what speaks LDAP or RADIUS.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (config.nixmox) service signOn;
  nixmoxLib = import ../../lib { inherit lib; };
  port = nixmoxLib.first service.ports;
  outposts =
    if signOn == null || signOn.kind != "authentik" || port == null then
      { }
    else
      lib.filterAttrs (_: outpost: outpost != null) signOn.outposts;

  listen = {
    ldap = {
      AUTHENTIK_LISTEN__LDAP = "${service.ip}:3389";
      AUTHENTIK_LISTEN__LDAPS = "${service.ip}:6636";
      AUTHENTIK_LISTEN__METRICS = "127.0.0.1:9302";
    };
    radius = {
      AUTHENTIK_LISTEN__RADIUS = "${service.ip}:1812";
      AUTHENTIK_LISTEN__METRICS = "127.0.0.1:9303";
    };
  };

  environmentOf = nixmoxLib.environmentOf pkgs;

  # An outpost reads its token from the environment alone: root writes it there from its file.
  unit =
    name: outpost:
    let
      environmentFile = "/run/authentik-${name}-token/environment";
      writeToken = pkgs.writeShellScript "write-token-environment" ''
        set -eu
        umask 0077
        mkdir -p ${dirOf environmentFile}
        ${lib.getExe environmentOf} AUTHENTIK_TOKEN ${outpost.tokenFile} >${environmentFile}
      '';
    in
    {
      description = "${lib.toUpper name} for what signs in with Authentik";
      wantedBy = [ "multi-user.target" ];
      after = [ "authentik.service" ];
      # Authentik knows the token once the deployment has created the outpost.
      startLimitIntervalSec = 0;
      environment = listen.${name} // {
        AUTHENTIK_HOST = "http://127.0.0.1:${toString port}";
        AUTHENTIK_HOST_BROWSER = signOn.url;
      };
      serviceConfig = {
        User = "authentik";
        Group = "authentik";
        StateDirectory = "authentik-${name}";
        StateDirectoryMode = "0700";
        WorkingDirectory = "/var/lib/authentik-${name}";
        ExecStartPre = [ "+${writeToken}" ];
        EnvironmentFile = "-${environmentFile}";
        ExecStart = lib.getExe pkgs.authentik-outposts.${name};
        Restart = "always";
        RestartSec = 10;
      };
    };
in
{
  config = {
    systemd.services = lib.mapAttrs' (
      name: outpost: lib.nameValuePair "authentik-${name}" (unit name outpost)
    ) outposts;
    # Nobody but the networks that the manifest names: these requests hold passwords.
    networking.firewall.extraInputRules = lib.optionalString (outposts ? radius) ''
      ip saddr { ${lib.concatStringsSep ", " outposts.radius.clientNetworks} } udp dport 1812 accept comment "RADIUS"
    '';
    nixmox.sandbox = lib.mapAttrs' (
      name: _:
      lib.nameValuePair "authentik-${name}" {
        # The lab's stand-in compiles while it runs.
        MemoryDenyWriteExecute = false;
        RestrictAddressFamilies = [
          "AF_INET"
          "AF_INET6"
          "AF_NETLINK"
          "AF_UNIX"
        ];
      }
    ) outposts;
  };
}
