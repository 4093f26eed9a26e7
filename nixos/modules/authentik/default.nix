# The identity provider Authentik, whose groups, users and applications come from the deployment.
# nixpkgs has its packages, and no module.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (config.nixmox)
    databases
    peers
    secrets
    service
    signOn
    stateDirectory
    ;
  inherit (pkgs) authentik;
  nixmoxLib = import ../../lib { inherit lib; };
  database = nixmoxLib.only databases;
  port = nixmoxLib.first service.ports;
  proxies = lib.filter (peer: lib.elem "proxy" peer.provides) (lib.attrValues peers);
  missing = lib.filter (name: !secrets ? ${name}) [
    "admin-password"
    "bootstrap-token"
    "secret-key"
  ];
  oldest = "2025.10";
  bootstrapFile = "/run/authentik-bootstrap/environment";

  nixmoxAuthentik = pkgs.writeShellApplication {
    name = "nixmox-authentik";
    runtimeInputs = [
      pkgs.coreutils
      pkgs.curl
      pkgs.jq
      pkgs.util-linux
    ];
    text = ''
      server=http://127.0.0.1:${toString port} url=${signOn.url} secrets=${dirOf secrets.bootstrap-token.path}
      accepted=${stateDirectory}/authentik lock=/run/nixmox-authentik.lock
      ${builtins.readFile ./nixmox-authentik.sh}
    '';
  };
  nixmoxAk = pkgs.writeShellApplication {
    name = "nixmox-ak";
    runtimeInputs = [ pkgs.coreutils ];
    text = builtins.readFile ./nixmox-ak.sh;
  };

  # Authentik reads the first token and password from the environment alone, and only until they are
  # in its database: a file that root may read holds them while the worker starts.
  writeBootstrap = pkgs.writeShellScript "write-bootstrap-environment" ''
    set -eu
    umask 0077
    mkdir -p ${dirOf bootstrapFile}
    ${lib.getExe environmentOf} \
      AUTHENTIK_BOOTSTRAP_TOKEN ${secrets.bootstrap-token.path} \
      AUTHENTIK_BOOTSTRAP_PASSWORD ${secrets.admin-password.path} >${bootstrapFile}
  '';
  environmentOf = nixmoxLib.environmentOf pkgs;

  # `%d` is the directory of a unit's credentials.
  environment = {
    # The host's own zone would shift the times in its tokens, which clients refuse then.
    TZ = "UTC";
    AUTHENTIK_SECRET_KEY = "file://%d/secret-key";
    AUTHENTIK_POSTGRESQL__HOST = database.host;
    AUTHENTIK_POSTGRESQL__PORT = toString database.port;
    AUTHENTIK_POSTGRESQL__NAME = database.name;
    AUTHENTIK_POSTGRESQL__USER = database.role;
    AUTHENTIK_POSTGRESQL__PASSWORD = "file://%d/database";
    AUTHENTIK_POSTGRESQL__SSLMODE = "verify-full";
    # The host's own address and the loopback. The firewall admits only those who need it.
    AUTHENTIK_LISTEN__HTTP = "0.0.0.0:${toString port}";
    AUTHENTIK_LISTEN__HTTPS = "127.0.0.1:9443";
    AUTHENTIK_LISTEN__METRICS = "127.0.0.1:9300";
    AUTHENTIK_LISTEN__TRUSTED_PROXY_CIDRS = lib.concatStringsSep "," (
      [ "127.0.0.0/8" ] ++ map (proxy: "${proxy.ip}/32") proxies
    );
    AUTHENTIK_OUTPOSTS__DISABLE_EMBEDDED_OUTPOST = "false";
    # There is no Docker and no Kubernetes to look for.
    AUTHENTIK_OUTPOSTS__DISCOVER = "false";
    # Files that administrators upload are in `media` there. It takes none where this folder is missing.
    AUTHENTIK_STORAGE__FILE__PATH = "/var/lib/authentik";
    # It calls nobody, and asks nobody for pictures.
    AUTHENTIK_AVATARS = "initials";
    AUTHENTIK_DISABLE_STARTUP_ANALYTICS = "true";
    AUTHENTIK_DISABLE_UPDATE_CHECK = "true";
    AUTHENTIK_ERROR_REPORTING__ENABLED = "false";
  }
  // lib.optionalAttrs (database.sslRootCert != null) {
    AUTHENTIK_POSTGRESQL__SSLROOTCERT = database.sslRootCert;
  };

  serviceConfig = {
    User = "authentik";
    Group = "authentik";
    StateDirectory = [
      "authentik"
      "authentik/media"
    ];
    StateDirectoryMode = "0700";
    WorkingDirectory = "/var/lib/authentik";
    LoadCredential = [
      "secret-key:${secrets.secret-key.path}"
      "database:${database.passwordFile}"
    ];
  };
  restarting = {
    Restart = "on-failure";
    RestartSec = 5;
  };

  sandbox = {
    # Python's foreign functions write code while it runs.
    MemoryDenyWriteExecute = false;
    # It reports on the machine's memory and addresses to its administrators.
    ProcSubset = "all";
    RestrictAddressFamilies = [
      "AF_INET"
      "AF_INET6"
      "AF_NETLINK"
      "AF_UNIX"
    ];
  };
in
{
  imports = [ ./outposts.nix ];

  config =
    nixmoxLib.require
      [
        {
          assertion = signOn != null && signOn.kind == "authentik";
          message = ''Unable to configure ${service.name}: it is not the homelab's identity provider. Set `provides = ["sso"]` in the manifest.'';
        }
        (nixmoxLib.needsDatabase service databases "Authentik")
        (nixmoxLib.needsPort service "Authentik" 9000)
        {
          assertion = missing == [ ];
          message = "Unable to configure ${service.name}: Authentik needs the secret ${lib.concatStringsSep ", " missing}. Set `interface.secrets.${nixmoxLib.first missing} = {}` in the manifest.";
        }
        {
          # Older ones need Redis, and have another API.
          assertion = lib.versionAtLeast authentik.version oldest;
          message = "Unable to configure ${service.name}: nixpkgs has Authentik ${authentik.version}, and ${oldest} is the oldest that fits. Choose a newer nixpkgs in flake.nix.";
        }
      ]
      {
        users.users.authentik = {
          isSystemUser = true;
          group = "authentik";
          home = "/var/lib/authentik";
          description = "Authentik";
        };
        users.groups.authentik = { };

        environment.systemPackages = [
          nixmoxAuthentik
          nixmoxAk
        ];

        nixmox.state.authentik = {
          directory = "/var/lib/authentik";
          units = [
            "authentik.service"
            "authentik-worker.service"
          ];
        };

        nixmox.sandbox = {
          authentik = sandbox;
          authentik-migrate = sandbox;
          authentik-worker = sandbox;
        };

        systemd.services = {
          authentik-migrate = {
            description = "Database of the identity provider Authentik";
            wants = [ "network-online.target" ];
            after = [ "network-online.target" ];
            inherit environment;
            serviceConfig = serviceConfig // {
              Type = "oneshot";
              RemainAfterExit = true;
              ExecStart = "${lib.getExe authentik} migrate";
              TimeoutStartSec = 600;
            };
          };

          # It creates the defaults, the first user and the first token, and then does what takes time.
          authentik-worker = {
            description = "Background work of the identity provider Authentik";
            wantedBy = [ "multi-user.target" ];
            requires = [ "authentik-migrate.service" ];
            after = [ "authentik-migrate.service" ];
            environment = environment // {
              # Its own health and metrics, which the server would be in the way of.
              AUTHENTIK_LISTEN__HTTP = "127.0.0.1:9001";
              AUTHENTIK_LISTEN__METRICS = "127.0.0.1:9301";
            };
            serviceConfig =
              serviceConfig
              // restarting
              // {
                ExecStartPre = [ "+${writeBootstrap}" ];
                EnvironmentFile = "-${bootstrapFile}";
                ExecStart = "${lib.getExe authentik} worker";
                ExecStartPost = [ "+${pkgs.coreutils}/bin/rm -f ${bootstrapFile}" ];
              };
          };

          authentik = {
            description = "Identity provider Authentik";
            wantedBy = [ "multi-user.target" ];
            wants = [ "authentik-worker.service" ];
            requires = [ "authentik-migrate.service" ];
            after = [ "authentik-migrate.service" ];
            inherit environment;
            serviceConfig =
              serviceConfig
              // restarting
              // {
                ExecStart = "${lib.getExe authentik} server";
                ExecStartPost = [ "+${lib.getExe nixmoxAuthentik} apply" ];
                # The first start fills the database.
                TimeoutStartSec = 600;
              };
          };
        };
      };
}
