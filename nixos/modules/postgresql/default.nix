# The database server. Databases, roles and passwords come with the services that own them; who may
# connect from where is decided by their fragments and nothing else.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (config.nixmox) service stateDirectory;
  inherit (config.nixmox.fragments.hba) directory suffix;
  inherit (config.services.postgresql) package;
  nixmoxLib = import ../../lib { inherit lib; };
  port = nixmoxLib.first service.ports;
  hbaFile = "${stateDirectory}/pg_hba.conf";
  assemble = pkgs.writeShellApplication {
    name = "assemble-hba";
    runtimeInputs = [
      pkgs.coreutils
      pkgs.util-linux
      package
    ];
    text = ''
      directory=${directory} suffix=${suffix} target=${hbaFile} port=${toString port}
      ${builtins.readFile ./assemble-hba.sh}
    '';
  };
in
{
  config =
    nixmoxLib.require [ (nixmoxLib.needsPort service "PostgreSQL" 5432) ]
      {
        services.postgresql = {
          enable = true;
          settings = {
            inherit port;
            listen_addresses = lib.mkForce service.ip;
            password_encryption = "scram-sha-256";
            hba_file = lib.mkForce hbaFile;
          };
        };

        # It knows the administrator on its socket by the host's own users.
        nixmox.sandbox.postgresql.PrivateUsers = false;
        systemd.services.postgresql = {
          # It listens on one address, which must be up.
          wants = [ "network-online.target" ];
          after = [ "network-online.target" ];
          serviceConfig.ExecStartPre = [ "+${lib.getExe assemble}" ];
        };

        nixmox.fragments.hba = {
          suffix = ".conf";
          check = "${lib.getExe assemble} verify";
          apply = "systemctl try-reload-or-restart postgresql.service";
        };
      };
}
