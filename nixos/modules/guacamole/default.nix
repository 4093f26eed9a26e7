# Guacamole: remote desktops and terminals in a browser. Who may open which is in a database on another
# host; people sign in at the identity provider, or as its local administrator.
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
    ;
  inherit (config.services.guacamole-client) package;
  nixmoxLib = import ../../lib { inherit lib; };
  extensions = import ./extensions.nix { inherit pkgs; };
  database = nixmoxLib.only databases;
  route = nixmoxLib.mainRoute routes;
  runtime = "/run/tomcat";
  passwordFile = "${runtime}/database-password";
  guacdPort = 4822;

  # Null: there is no local administrator.
  adminPasswordFile = secrets.admin-password.path or null;
  signIn = config.nixmox.signIns.default or null;
  # Where both kinds of providers have what Guacamole does not look up itself.
  authentik = builtins.match "(https://.+/application/o/)[^/]+/" (toString (signIn.issuer or null));
  endpoints = {
    authorization = "${lib.head authentik}authorize/";
    keys = "${signIn.issuer}jwks/";
  };

  prepareDatabase = pkgs.writeShellApplication {
    name = "prepare-database";
    runtimeInputs = [
      pkgs.coreutils
      pkgs.postgresql
    ];
    text = ''
      # Tomcat reads a file to its end, and the password's own may end with a line feed.
      umask 0377
      password=$(<"$CREDENTIALS_DIRECTORY/database")
      rm -f ${passwordFile}
      printf %s "$password" >${passwordFile}
      chown ${config.services.tomcat.user} ${passwordFile}

      PGPASSFILE=$(mktemp)
      export PGPASSFILE
      trap 'rm -f "$PGPASSFILE"' EXIT
      ${nixmoxLib.writePgpass pkgs database "\"$PGPASSFILE\""}
      psql --no-psqlrc --quiet --no-password --dbname=${lib.escapeShellArg connection} \
        --set schema=${extensions.schema} --set group=${
          lib.escapeShellArg (toString (signIn.adminGroup or null))
        } \
        --file ${./prepare-database.sql} <${
          if adminPasswordFile == null then "/dev/null" else "\"$CREDENTIALS_DIRECTORY/admin-password\""
        }
    '';
  };
  connection = lib.concatStringsSep " " [
    "host=${database.host}"
    "port=${toString database.port}"
    "user=${database.role}"
    "dbname=${database.name}"
    "sslmode=verify-full"
    "sslrootcert=${nixmoxLib.rootCertOf database}"
  ];
in
{
  imports = [ ./tomcat.nix ];

  config =
    nixmoxLib.require
      [
        (nixmoxLib.needsDatabase service databases "Guacamole")
        (nixmoxLib.needsPort service "Guacamole" 8080)
        {
          assertion = service.unit == "tomcat.service";
          message = "Unable to configure ${service.name}: Guacamole's pages run in Tomcat. Set `unit = \"tomcat.service\"` in the manifest.";
        }
        {
          assertion = adminPasswordFile != null || (signIn.adminGroup or null) != null;
          message = "Unable to configure ${service.name}: nobody could set up connections in Guacamole. Set `interface.auth.oidc.admin_group` or `interface.secrets.admin-password = {}` in the manifest.";
        }
        {
          assertion = signIn == null || route != null;
          message = "Unable to configure ${service.name}: Guacamole has no public address that people could come back to from the identity provider. Set `interface.route = {}` in the manifest.";
        }
        {
          assertion = signIn == null || route == null || lib.elem route.url signIn.redirectUris;
          message = "Unable to configure ${service.name}: people do not come back to Guacamole at ${
            lib.concatStringsSep " or " (signIn.redirectUris or [ ])
          }. Add ${route.url or ""} to `interface.auth.oidc.redirect_uris` in the manifest.";
        }
        {
          assertion = signIn == null || authentik != null;
          message = "Unable to configure ${service.name}: Guacamole takes a token from the browser (OpenID Connect's implicit flow), which Keycloak gives to no client here. Set `interface.auth.type = \"none\"` and `interface.secrets.admin-password = {}` in the manifest, or use Authentik.";
        }
        {
          assertion = signIn == null || lib.elem "profile" signIn.scopes;
          message = "Unable to configure ${service.name}: Guacamole asks the identity provider for the scopes openid and profile. Add profile to `interface.auth.oidc.scopes` in the manifest.";
        }
        {
          assertion = package.version == extensions.version;
          message = "Unable to configure ${service.name}: nixpkgs has Guacamole ${package.version}, and its extensions are for ${extensions.version}. Set version and hashes in nixos/modules/guacamole/extensions.nix.";
        }
      ]
      {
        services.guacamole-server = {
          enable = true;
          # It asks nobody for a password: it is for the pages on this host alone.
          host = "127.0.0.1";
          port = guacdPort;
        };
        services.guacamole-client = {
          enable = true;
          settings = {
            guacd-hostname = "127.0.0.1";
            guacd-port = guacdPort;
            # The database's password is in the file that a variable names.
            enable-file-environment-properties = true;
            postgresql-hostname = database.host;
            postgresql-port = database.port;
            postgresql-database = database.name;
            postgresql-username = database.role;
            postgresql-ssl-mode = "verify-full";
            postgresql-ssl-root-cert-file = nixmoxLib.rootCertOf database;
          }
          // lib.optionalAttrs (signIn != null) {
            openid-issuer = signIn.issuer;
            openid-authorization-endpoint = endpoints.authorization;
            openid-jwks-endpoint = endpoints.keys;
            openid-client-id = signIn.clientId;
            openid-redirect-uri = route.url;
            openid-scope = lib.concatStringsSep " " signIn.scopes;
            openid-username-claim-type = signIn.usernameClaim;
            openid-groups-claim-type = signIn.groupsClaim;
            # Whom the provider lets in can be given connections.
            postgresql-auto-create-accounts = true;
            # People are sent to the provider at once, unless someone signs in here with a password.
            extension-priority = if adminPasswordFile == null then "openid" else "*, openid";
          };
        };

        environment.etc = {
          "guacamole/extensions/guacamole-auth-jdbc-postgresql.jar".source = extensions.postgresql;
          "guacamole/lib/postgresql-jdbc.jar".source =
            "${pkgs.postgresql_jdbc}/share/java/postgresql-jdbc.jar";
        }
        // lib.optionalAttrs (signIn != null) {
          "guacamole/extensions/guacamole-auth-sso-openid.jar".source = extensions.openid;
        };

        nixmox.sandbox.guacamole-server = { };
        systemd.services.tomcat = {
          wants = [ "network-online.target" ];
          requires = [ "guacamole-server.service" ];
          after = [
            "guacamole-server.service"
            "network-online.target"
          ];
          restartTriggers = [ config.environment.etc."guacamole/guacamole.properties".source ];
          environment = {
            GUACAMOLE_HOME = "/etc/guacamole";
            POSTGRESQL_PASSWORD_FILE = passwordFile;
          };
          preStart = lib.mkAfter "${lib.getExe prepareDatabase}\n";
          serviceConfig.LoadCredential = [
            "database:${database.passwordFile}"
          ]
          ++ lib.optional (adminPasswordFile != null) "admin-password:${adminPasswordFile}";
        };
      };
}
