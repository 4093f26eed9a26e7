# Miniflux, a feed reader, with its database on another host.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (config.nixmox)
    certificate
    databases
    routes
    secrets
    service
    ;
  inherit (config.services.miniflux) package;
  nixmoxLib = import ../../lib { inherit lib; };
  database = nixmoxLib.only databases;
  port = nixmoxLib.first service.ports;
  route = nixmoxLib.mainRoute routes;
  listen = "${service.ip}:${toString port}";
  login = lib.getExe config.nixmox.login;
  # Its certificate is for its name.
  url =
    if certificate == null then "http://${listen}" else "https://${service.hostname}:${toString port}";
  # Its driver for PostgreSQL offers no channel binding.
  databaseUrl = lib.concatStringsSep " " (
    [
      "host=${database.host}"
      "port=${toString database.port}"
      "user=${database.role}"
      "dbname=${database.name}"
      "sslmode=verify-full"
    ]
    ++ lib.optional (database.sslRootCert != null) "sslrootcert=${database.sslRootCert}"
  );
  passwordFile = "/run/miniflux/pgpass";

  # The password goes from one file to another, in the format in which PostgreSQL clients look it up.
  writePasswordFile = pkgs.writeShellScript "write-pgpass" ''
    set -eu
    umask 0377
    password=$(<"$CREDENTIALS_DIRECTORY/database")
    password=''${password//\\/\\\\}
    password=''${password//:/\\:}
    rm -f ${passwordFile}
    printf '%s:%s:%s:%s:%s\n' ${database.host} ${toString database.port} \
      ${database.name} ${database.role} "$password" >${passwordFile}
  '';

  # Miniflux reads the administrator's password only when it creates that user. Where the file has
  # another one by now, it is set, and everyone who is signed in is signed out. Miniflux asks for it
  # on a terminal, which `script` provides. This runs as root: systemd before 254 hides a unit's
  # credentials from what runs after its start.
  applyPassword = pkgs.writeShellScript "apply-admin-password" ''
    set -eu
    password=${secrets.admin-password.path}
    status=0
    ${login} admin ${url}/v1/me <"$password" || status=$?
    ((status)) || exit 0
    ((status == 1)) || exit "$status"
    { echo admin && cat "$password" && echo; } |
      SHELL=${pkgs.runtimeShell} ${pkgs.util-linux}/bin/script --quiet --return --echo never \
        --command ${lib.escapeShellArg "${lib.getExe package} -reset-password"} /dev/null
    ${lib.getExe package} -flush-sessions
    exec ${login} admin ${url}/v1/me <"$password"
  '';
in
{
  config =
    nixmoxLib.require
      [
        {
          assertion = database != null;
          message = "Unable to configure ${service.name}: Miniflux needs exactly one database and has ${toString (lib.length (lib.attrNames databases))}. Set `interface.db = {}` in the manifest.";
        }
        (nixmoxLib.needsPort service "Miniflux" 8080)
        {
          assertion = secrets ? admin-password;
          message = "Unable to configure ${service.name}: Miniflux's administrator needs a password. Set `interface.secrets.admin-password = {}` in the manifest.";
        }
      ]
      {
        services.miniflux = {
          enable = true;
          createDatabaseLocally = false;
          config = {
            LISTEN_ADDR = listen;
            BASE_URL = if route == null then url else lib.removeSuffix "/" route.url;
            DATABASE_URL = databaseUrl;
            # NixOS would put the administrator's password into the environment; see below.
            CREATE_ADMIN = 0;
          };
        };

        nixmox.sandbox.miniflux = { };
        systemd.services.miniflux = {
          wants = [ "network-online.target" ];
          after = [ "network-online.target" ];
          environment = {
            PGPASSFILE = passwordFile;
            CREATE_ADMIN = lib.mkForce "1";
            ADMIN_USERNAME = "admin";
            ADMIN_PASSWORD_FILE = "%d/admin-password";
          }
          // lib.optionalAttrs (certificate != null) {
            CERT_FILE = "%d/certificate";
            KEY_FILE = "%d/key";
          };
          serviceConfig = {
            ExecStartPre = [ writePasswordFile ];
            ExecStartPost = [ "+${applyPassword}" ];
            LoadCredential = [
              "database:${database.passwordFile}"
              "admin-password:${secrets.admin-password.path}"
            ]
            ++ lib.optionals (certificate != null) [
              "certificate:${certificate.certFile}"
              "key:${certificate.keyFile}"
            ];
          };
        };
      };
}
