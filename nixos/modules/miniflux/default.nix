# Miniflux, a feed reader, with its database on another host.
{
  lib,
  nixmoxLib,
  pkgs,
  service,
  ...
}:
let
  inherit (service.interface) dbs proxy secrets;
  database = lib.head (lib.attrValues dbs);
  route = lib.head (lib.attrValues proxy);
  port = if service.ports == [ ] then 8080 else lib.head service.ports;
  passwordFile = "/run/miniflux/pgpass";

  # The password goes from one file to another, in the form that PostgreSQL's clients look it up.
  writePasswordFile = pkgs.writeShellScript "write-pgpass" ''
    set -eu
    umask 0377
    password=$(<"$CREDENTIALS_DIRECTORY/database")
    password=''${password//\\/\\\\}
    password=''${password//:/\\:}
    rm -f ${passwordFile}
    printf '%s:%s:%s:%s:%s\n' ${database.host} ${toString database.port} \
      ${database.name} ${database.owner} "$password" >${passwordFile}
  '';
in
{
  services.miniflux = {
    enable = true;
    createDatabaseLocally = false;
    config = {
      LISTEN_ADDR = "${service.ip}:${toString port}";
      BASE_URL =
        if proxy == { } then
          "http://${service.ip}:${toString port}"
        else
          "${if route.tls then "https" else "http"}://${route.domain}${lib.removeSuffix "/" route.path}";
      DATABASE_URL = "host=${database.host} port=${toString database.port} user=${database.owner} dbname=${database.name} sslmode=disable";
      # NixOS would have the administrator's password in the environment; see below.
      CREATE_ADMIN = 0;
    };
  };

  systemd.services.miniflux = {
    wants = [ "network-online.target" ];
    after = [ "network-online.target" ];
    environment = {
      PGPASSFILE = passwordFile;
      CREATE_ADMIN = lib.mkForce "1";
      ADMIN_USERNAME = "admin";
      ADMIN_PASSWORD_FILE = "%d/admin-password";
    };
    serviceConfig = {
      ExecStartPre = [ writePasswordFile ];
      LoadCredential = [
        "database:${nixmoxLib.secretFile "database-${lib.head (lib.attrNames dbs)}"}"
        "admin-password:${nixmoxLib.secretFile "admin-password"}"
      ];
    };
  };

  assertions = [
    {
      assertion = lib.length (lib.attrNames dbs) == 1;
      message = "Service ${service.name} runs Miniflux, which needs exactly one database and has ${toString (lib.length (lib.attrNames dbs))}. Set interface.db in the manifest.";
    }
    {
      assertion = secrets ? admin-password;
      message = "Service ${service.name} runs Miniflux, whose administrator needs a password. Set interface.secrets.admin-password = {} in the manifest.";
    }
  ];
}
