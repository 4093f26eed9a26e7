{
  config,
  lib,
  pkgs,
  ...
}:
let
  hardening = import ../../eval/hardening.nix;
  inherit (lib) mkOption types;
  cfg = config.services.postgresql;
  extensions = cfg.extensions cfg.package.pkgs;
  files = "/usr/share/postgresql/${cfg.package.psqlSchema}/extension";
  libraries = "/usr/lib/postgresql/${cfg.package.psqlSchema}/lib";
  word =
    value:
    if lib.isBool value then
      (if value then "yes" else "no")
    else if lib.isString value then
      "'${lib.replaceStrings [ "'" ] [ "''" ] value}'"
    else
      toString value;
  configFile = pkgs.writeText "postgresql.conf" (
    lib.concatStrings (
      lib.mapAttrsToList (name: value: "${name} = ${word value}\n") (
        lib.filterAttrs (_: value: value != null) cfg.settings
      )
    )
  );
in
{
  options.services.postgresql = {
    enable = lib.mkEnableOption "PostgreSQL";
    package = lib.mkPackageOption pkgs "postgresql" { };
    dataDir = mkOption {
      type = types.path;
      description = "Where the data is.";
    };
    authentication = mkOption {
      type = types.lines;
      default = "";
      description = "Lines of pg_hba.conf.";
    };
    extensions = mkOption {
      type = types.coercedTo (types.listOf types.path) (paths: _: paths) (
        types.functionTo (types.listOf types.path)
      );
      default = _: [ ];
      description = "Packages of extensions, out of those for this server.";
    };
    settings = mkOption {
      type = types.submodule {
        freeformType = types.attrsOf (
          types.oneOf [
            types.bool
            types.float
            types.int
            types.str
          ]
        );
        options = {
          port = mkOption {
            type = types.port;
            default = 5432;
            description = "Port that it listens on.";
          };
          shared_preload_libraries = mkOption {
            type = types.nullOr (
              types.coercedTo (types.listOf types.str) (lib.concatStringsSep ",") types.commas
            );
            default = null;
            description = "Libraries that it loads when it starts.";
          };
        };
      };
      default = { };
      description = "Lines of postgresql.conf.";
    };
  };

  config = lib.mkIf cfg.enable {
    services.postgresql = {
      # Besides the cluster that Debian's package creates for itself.
      dataDir = lib.mkDefault "/var/lib/postgresql/nixos-${cfg.package.psqlSchema}";
      authentication = lib.mkAfter "local all all peer\n";
      settings = {
        hba_file = "${pkgs.writeText "pg_hba.conf" cfg.authentication}";
        listen_addresses = "localhost";
        # MemoryDenyWriteExecute, below, forbids it.
        jit = "off";
        log_destination = "stderr";
        log_line_prefix = "[%p] ";
        unix_socket_directories = "/run/postgresql";
      };
    };
    # Debian's server looks for extensions in its own folders alone.
    system.activationScripts.postgresqlExtensions.text = ''
      find ${files} ${libraries} -type l -lname '/nix/store/*' -delete
      for package in ${lib.escapeShellArgs extensions}; do
        ln -sfn "$package"/extension/* ${files}
        ln -sfn "$package"/lib/*.so ${libraries}
      done
    '';
    environment.systemPackages = [ cfg.package ];
    users.users.postgres = {
      isSystemUser = true;
      group = "postgres";
      home = "/var/lib/postgresql";
    };
    users.groups.postgres = { };
    systemd.services.postgresql = {
      description = "PostgreSQL Server";
      after = [ "network.target" ];
      wantedBy = [ "multi-user.target" ];
      environment.PGDATA = cfg.dataDir;
      # With other extensions, NixOS has another server.
      path = [ cfg.package ] ++ extensions;
      preStart = ''
        if ! [ -e ${cfg.dataDir}/PG_VERSION ]; then
          initdb --username=postgres --auth=peer --encoding=UTF8 --locale=C.UTF-8
        fi
        ln -sfn ${configFile} ${cfg.dataDir}/postgresql.conf
      '';
      serviceConfig = hardening // {
        Type = "notify";
        User = "postgres";
        Group = "postgres";
        RuntimeDirectory = "postgresql";
        StateDirectory = "postgresql ${lib.removePrefix "/var/lib/" cfg.dataDir}";
        StateDirectoryMode = "0750";
        ExecStart = "${cfg.package}/bin/postgres";
        ExecReload = "/bin/kill -HUP $MAINPID";
        KillSignal = "SIGINT";
        KillMode = "mixed";
        TimeoutSec = 120;

        CapabilityBoundingSet = [ "" ];
        DevicePolicy = "closed";
        MemoryDenyWriteExecute = true;
        NoNewPrivileges = true;
        PrivateDevices = true;
        PrivateMounts = true;
        PrivateTmp = true;
        ProcSubset = "pid";
        ProtectHome = true;
        ProtectProc = "invisible";
        ProtectSystem = "strict";
        RemoveIPC = true;
        RestrictAddressFamilies = [
          "AF_INET"
          "AF_INET6"
          "AF_NETLINK"
          "AF_UNIX"
        ];
        RestrictSUIDSGID = true;
        SystemCallArchitectures = "native";
        SystemCallFilter = [
          "@system-service"
          "~@privileged"
          "~@resources"
        ];
        UMask = "0027";
      };
    };
  };
}
