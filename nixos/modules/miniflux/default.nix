# Miniflux, a feed reader, with its database on another host. Where the manifest makes it a client of
# the identity provider, people sign in there, and the local administrator with a password.
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
    metrics
    peers
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
  baseUrl = if route == null then url else lib.removeSuffix "/" route.url;
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

  # Who reads its metrics; without a monitoring service, nobody does.
  readers = lib.filter (peer: lib.elem "monitoring" peer.provides) (lib.attrValues peers);
  metricsPath = "${if route == null then "" else lib.removeSuffix "/" route.path}/metrics";

  # Null: there is no local administrator.
  adminPasswordFile = secrets.admin-password.path or null;
  signIn = config.nixmox.signIns.default or null;
  # Null: a public client has none.
  clientSecretFile = signIn.clientSecretFile or null;
  callback = nixmoxLib.first (signIn.redirectUris or [ ]);
  # Miniflux always asks for these.
  missingScopes = lib.filter (scope: !lib.elem scope (signIn.scopes or [ ])) [
    "openid"
    "profile"
    "email"
  ];

  writePasswordFile = nixmoxLib.writePgpass pkgs database passwordFile;

  # Miniflux reads the administrator's password only when it creates that user. Where the file has
  # another one by now, it is set, and everyone who is signed in is signed out. Miniflux asks for it
  # on a terminal, which `script` provides. This runs as root: systemd before 254 hides a unit's
  # credentials from what runs after its start.
  applyPassword = pkgs.writeShellScript "apply-admin-password" ''
    set -eu
    password=${adminPasswordFile}
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
        (nixmoxLib.needsDatabase service databases "Miniflux")
        (nixmoxLib.needsPort service "Miniflux" 8080)
        {
          assertion = signIn != null || adminPasswordFile != null;
          message = "Unable to configure ${service.name}: Miniflux's administrator needs a password. Set `interface.secrets.admin-password = {}` in the manifest, or `interface.auth.type = \"oidc\"`.";
        }
        {
          assertion = signIn == null || lib.hasSuffix "/oauth2/oidc/callback" (toString callback);
          message = "Unable to configure ${service.name}: people do not come back to Miniflux at ${toString callback}. Set the first of `interface.auth.oidc.redirect_uris` to ${baseUrl}/oauth2/oidc/callback.";
        }
        {
          assertion = signIn == null || signIn.usernameClaim == "preferred_username";
          message = "Unable to configure ${service.name}: Miniflux takes a user's name from the claim preferred_username and from no other. Leave `interface.auth.oidc.username_claim` out of the manifest.";
        }
        {
          assertion = signIn == null || signIn.adminGroup == null;
          message = "Unable to configure ${service.name}: in Miniflux, no group makes its members administrators. Leave `interface.auth.oidc.admin_group` out of the manifest.";
        }
        {
          assertion = lib.all (page: page.port == port && page.path == metricsPath) (lib.attrValues metrics);
          message = "Unable to configure ${service.name}: Miniflux has its metrics at port ${toString port} and path ${metricsPath}. Set this in `interface.metrics` of the manifest.";
        }
        {
          assertion = signIn == null || missingScopes == [ ];
          message = "Unable to configure ${service.name}: Miniflux asks the identity provider for the scopes openid, profile and email. Add ${lib.concatStringsSep " and " missingScopes} to `interface.auth.oidc.scopes` in the manifest.";
        }
      ]
      {
        services.miniflux = {
          enable = true;
          createDatabaseLocally = false;
          config = {
            LISTEN_ADDR = listen;
            BASE_URL = baseUrl;
            DATABASE_URL = databaseUrl;
            # NixOS would put the administrator's password into the environment; see below.
            CREATE_ADMIN = 0;
          }
          // lib.optionalAttrs (metrics != { }) {
            METRICS_COLLECTOR = 1;
            # The address that connects counts, so that nobody sees them through the proxy.
            METRICS_ALLOWED_NETWORKS = lib.concatMapStringsSep "," (peer: "${peer.ip}/32") readers;
          }
          // lib.optionalAttrs (signIn != null) {
            OAUTH2_PROVIDER = "oidc";
            # Compared with what the provider calls itself, to the last slash.
            OAUTH2_OIDC_DISCOVERY_ENDPOINT = signIn.issuer;
            OAUTH2_CLIENT_ID = signIn.clientId;
            OAUTH2_REDIRECT_URL = callback;
            # The provider knows who may have an account.
            OAUTH2_USER_CREATION = 1;
            # Without an administrator of its own, nobody needs a password here, also not one that they
            # would have left after the provider has shut them out.
            DISABLE_LOCAL_AUTH = if adminPasswordFile == null then 1 else 0;
          };
        };

        nixmox.sandbox.miniflux = { };
        systemd.services.miniflux = {
          wants = [ "network-online.target" ];
          after = [ "network-online.target" ];
          environment = {
            PGPASSFILE = passwordFile;
          }
          // lib.optionalAttrs (adminPasswordFile != null) {
            CREATE_ADMIN = lib.mkForce "1";
            ADMIN_USERNAME = "admin";
            ADMIN_PASSWORD_FILE = "%d/admin-password";
          }
          // lib.optionalAttrs (certificate != null) {
            CERT_FILE = "%d/certificate";
            KEY_FILE = "%d/key";
          }
          // lib.optionalAttrs (clientSecretFile != null) {
            OAUTH2_CLIENT_SECRET_FILE = "%d/client-secret";
          };
          serviceConfig = {
            ExecStartPre = [ writePasswordFile ];
            ExecStartPost = lib.optional (adminPasswordFile != null) "+${applyPassword}";
            LoadCredential = [
              "database:${database.passwordFile}"
            ]
            ++ lib.optional (adminPasswordFile != null) "admin-password:${adminPasswordFile}"
            ++ lib.optionals (certificate != null) [
              "certificate:${certificate.certFile}"
              "key:${certificate.keyFile}"
            ]
            ++ lib.optional (clientSecretFile != null) "client-secret:${clientSecretFile}";
          };
        };
      };
}
