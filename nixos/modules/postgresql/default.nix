# The database server. Databases, roles and passwords come with the services that own them; who may
# connect from where is decided by their fragments and nothing else.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (config.nixmox)
    certificate
    databaseExtensions
    databaseLocales
    maxConnections
    service
    stateDirectory
    ;
  inherit (config.nixmox.fragments.hba) directory suffix;
  inherit (config.services.postgresql) dataDir package;
  nixmoxLib = import ../../lib { inherit lib; };
  port = nixmoxLib.first service.ports;
  # Without one, NixOS goes by the release that the host was first deployed with, which stays the same.
  named = "postgresql_${toString service.version}";
  reserved = 10;

  packaged = lib.filter ({ package, ... }: package != null) databaseExtensions;
  has = { package, ... }: config.services.postgresql.package.pkgs ? ${package};
  libraries = lib.unique (
    lib.concatMap ({ preload, ... }: lib.optional (preload != null) preload) databaseExtensions
  );

  credentials = "/run/credentials/postgresql.service";
  hbaFile = "${stateDirectory}/pg_hba.conf";
  refuseOther = pkgs.writeShellApplication {
    name = "refuse-other-cluster";
    runtimeInputs = [ pkgs.coreutils ];
    text = builtins.readFile ./refuse-other-cluster.sh;
  };
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
  config = lib.mkMerge [
    # Apart from the rest, which depends on what this server has.
    { services.postgresql.package = lib.mkIf (pkgs ? ${named}) pkgs.${named}; }
    (nixmoxLib.require
      (
        [
          (nixmoxLib.needsPort service "PostgreSQL" 5432)
          {
            assertion = maxConnections != null;
            message = ''Unable to configure ${service.name}: it does not provide databases. Set `provides = ["database"]` in the manifest.'';
          }
          {
            assertion = certificate != null;
            message = ''Unable to configure ${service.name}: it has no certificate, which only a database server gets. Set `provides = ["database"]` in the manifest.'';
          }
          {
            assertion = service.version == null || pkgs ? ${named};
            message = "Unable to configure ${service.name}: nixpkgs has no PostgreSQL ${toString service.version}. Set `version` in the manifest to a major version that it has, or remove it.";
          }
        ]
        ++ map (extension: {
          assertion = !extension.known || has extension;
          message = "Unable to configure ${service.name}: nixpkgs has no package ${extension.package} for the extension ${extension.name}, which ${extension.wantedBy} in the manifest names. Use a newer nixpkgs in flake.nix, or remove the extension.";
        }) packaged
      )
      {
        i18n.extraLocales = databaseLocales;

        services.postgresql = {
          enable = true;
          # Where a package that is not known does not exist, creating the database fails and says so.
          extensions = ps: map ({ package, ... }: ps.${package}) (lib.filter has packaged);
          settings = {
            inherit port;
            listen_addresses = lib.mkForce service.ip;
            ssl = true;
            ssl_cert_file = "${credentials}/certificate";
            ssl_key_file = "${credentials}/key";
            ssl_min_protocol_version = "TLSv1.3";
            password_encryption = "scram-sha-256";
            # Each role has a limit of its own, and the firewall admits twice as many connections, since
            # those that have not logged in yet count, too. Some are left for the administrator.
            max_connections = 2 * maxConnections + reserved;
            superuser_reserved_connections = reserved;
            authentication_timeout = "10s";
            # Connections of a host that was cut off would count against its role for hours.
            tcp_keepalives_idle = 30;
            tcp_keepalives_interval = 10;
            tcp_keepalives_count = 3;
            client_connection_check_interval = "30s";
            hba_file = lib.mkForce hbaFile;
            shared_preload_libraries = lib.mkIf (libraries != [ ]) libraries;
          };
        };

        nixmox.state.postgresql = {
          directory = dataDir;
          units = [ "postgresql.service" ];
        };

        # It knows the administrator on its socket by the host's own users.
        nixmox.sandbox.postgresql.PrivateUsers = false;
        systemd.services.postgresql = {
          # It listens on one address, which must be up.
          wants = [ "network-online.target" ];
          after = [ "network-online.target" ];
          preStart = lib.mkBefore ''
            ${lib.getExe refuseOther} ${
              lib.escapeShellArgs [
                config.services.postgresql.dataDir
                package.psqlSchema
                service.name
              ]
            }
          '';
          serviceConfig = {
            ExecStartPre = [ "+${lib.getExe assemble}" ];
            LoadCredential = [
              "certificate:${certificate.certFile}"
              "key:${certificate.keyFile}"
            ];
          };
        };

        nixmox.fragments.hba = {
          # Not `.conf`: lines from before TLS was required must not keep the server from starting.
          suffix = ".hba";
          check = "${lib.getExe assemble} verify";
          apply = "systemctl try-reload-or-restart postgresql.service";
        };
      }
    )
  ];
}
