# Vaultwarden, a password manager that speaks Bitwarden's protocol. Its data are in a database on
# another host, or in a file if the manifest gives it none.
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
  inherit (config.services.vaultwarden) package;
  nixmoxLib = import ../../lib { inherit lib; };
  database = nixmoxLib.only databases;
  port = nixmoxLib.first service.ports;
  route = nixmoxLib.mainRoute routes;
  # Its certificate is for its name.
  ownUrl =
    if certificate == null then
      "http://${service.ip}:${toString port}"
    else
      "https://${service.hostname}:${toString port}";
  url = if route == null then ownUrl else lib.removeSuffix "/" route.url;
  # Gone when it stops.
  runtime = "/run/vaultwarden";
  passwordFile = "${runtime}/pgpass";
  tokenHash = "${runtime}/admin-token";

  # Null if that secret does not exist: then there is no page for administrators.
  adminTokenFile = secrets.admin-token.path or null;
  signIn = config.nixmox.signIns.default or null;
  callback = "${url}/identity/connect/oidc-signin";
  # The first release with single sign-on.
  oldest = "1.35.0";

  writeTokenHash = pkgs.writeShellApplication {
    name = "write-admin-token";
    runtimeInputs = [
      pkgs.coreutils
      pkgs.libargon2
    ];
    text = builtins.readFile ./write-admin-token.sh;
  };
in
{
  config =
    nixmoxLib.require
      [
        {
          assertion = database != null || databases == { };
          message = "Unable to configure ${service.name}: Vaultwarden can use one database and has ${toString (lib.length (lib.attrNames databases))}. Keep one of `interface.dbs` in the manifest.";
        }
        (nixmoxLib.needsPort service "Vaultwarden" 8080)
        {
          assertion = signIn != null || adminTokenFile != null;
          message = "Unable to configure ${service.name}: nobody could get an account of Vaultwarden. Set `interface.auth.type = \"oidc\"` in the manifest, or `interface.secrets.admin-token = {}` for someone who invites others.";
        }
        (nixmoxLib.needsClientSecret service signIn "Vaultwarden")
        {
          assertion = signIn == null || lib.elem "email" signIn.scopes;
          message = "Unable to configure ${service.name}: Vaultwarden knows its users by their mail addresses. Add email to `interface.auth.oidc.scopes` in the manifest.";
        }
        {
          assertion = signIn == null || signIn.usernameClaim == "preferred_username";
          message = "Unable to configure ${service.name}: Vaultwarden takes a user's name from the claim preferred_username and from no other. Leave `interface.auth.oidc.username_claim` out of the manifest.";
        }
        {
          assertion = signIn == null || signIn.adminGroup == null;
          message = "Unable to configure ${service.name}: in Vaultwarden, no group makes its members administrators; anyone who has `admin-token` is one. Leave `interface.auth.oidc.admin_group` out of the manifest.";
        }
        {
          assertion = signIn == null || lib.versionAtLeast package.version oldest;
          message = "Unable to configure ${service.name}: nixpkgs has Vaultwarden ${package.version}, and ${oldest} is the oldest that people sign in to at an identity provider. Choose a newer nixpkgs in flake.nix.";
        }
      ]
      {
        # It is still what its other users have, who sign in without the provider.
        warnings =
          lib.optional (signIn != null && !lib.elem callback signIn.redirectUris)
            "Nobody can sign in to ${service.name} at the identity provider: Vaultwarden asks to be called back at ${callback}, which is none of its redirect URIs. Add it to `interface.auth.oidc.redirect_uris` in the manifest.";

        services.vaultwarden = {
          enable = true;
          dbBackend = if database == null then "sqlite" else "postgresql";
          config = {
            DOMAIN = url;
            # The host's own address and the loopback. The firewall admits only those who need it.
            ROCKET_ADDRESS = "0.0.0.0";
            ROCKET_PORT = port;
            # The proxy replaces what its clients put there.
            IP_HEADER = "X-Forwarded-For";
            # People come from the provider, or someone invites them.
            SIGNUPS_ALLOWED = false;
            # What is changed on the page for administrators lasts until the next start, so that the
            # manifest stays true.
            CONFIG_FILE = "${runtime}/config.json";
          }
          // lib.optionalAttrs (database != null) {
            # The password is in a file that PostgreSQL's library looks up.
            DATABASE_URL =
              "postgresql://${database.role}@${database.host}:${toString database.port}/${database.name}"
              + "?sslmode=verify-full&sslrootcert=${nixmoxLib.rootCertOf database}";
          }
          // lib.optionalAttrs (signIn != null) {
            SSO_ENABLED = true;
            # With a master password alone, people could still sign in after the provider has shut them
            # out.
            SSO_ONLY = true;
            # Compared with what the provider calls itself, to the last slash.
            SSO_AUTHORITY = signIn.issuer;
            SSO_CLIENT_ID = signIn.clientId;
            SSO_SCOPES = lib.concatStringsSep " " (lib.filter (scope: scope != "openid") signIn.scopes);
            # Sessions can only follow the provider's if it lets Vaultwarden ask again.
            SSO_AUTH_ONLY_NOT_SESSION = !lib.elem "offline_access" signIn.scopes;
          }
          # The provider of a homelab has a private address, which these releases ask only if they may
          # ask any. They would then fetch an icon from each host that somebody names, signed in or not.
          // lib.optionalAttrs (signIn != null && lib.versionOlder package.version "1.37") {
            HTTP_REQUEST_BLOCK_NON_GLOBAL_IPS = false;
            DISABLE_ICON_DOWNLOAD = lib.mkDefault true;
          };
        };

        nixmox = {
          sandbox.vaultwarden = { };
          # The folder has another name on hosts that are older than NixOS 24.11.
          state.vaultwarden.directory = "/var/lib/${config.systemd.services.vaultwarden.serviceConfig.StateDirectory}";
        };
        systemd.services.vaultwarden = {
          wants = [ "network-online.target" ];
          after = [ "network-online.target" ];
          environment =
            lib.optionalAttrs (database != null) { PGPASSFILE = passwordFile; }
            // lib.optionalAttrs (adminTokenFile != null) { ADMIN_TOKEN_FILE = tokenHash; }
            // lib.optionalAttrs (signIn != null) { SSO_CLIENT_SECRET_FILE = "%d/client-secret"; }
            // lib.optionalAttrs (certificate != null) {
              ROCKET_TLS = ''{certs="%d/certificate",key="%d/key"}'';
            };
          serviceConfig = {
            RuntimeDirectory = "vaultwarden";
            RuntimeDirectoryMode = "0700";
            ExecStartPre =
              lib.optional (database != null) (nixmoxLib.writePgpass pkgs database passwordFile)
              ++ lib.optional (adminTokenFile != null) "${lib.getExe writeTokenHash} ${tokenHash}";
            LoadCredential =
              lib.optional (database != null) "database:${database.passwordFile}"
              ++ lib.optional (adminTokenFile != null) "admin-token:${adminTokenFile}"
              ++ lib.optional (signIn != null) "client-secret:${signIn.clientSecretFile}"
              ++ lib.optionals (certificate != null) [
                "certificate:${certificate.certFile}"
                "key:${certificate.keyFile}"
              ];
          };
        };
      };
}
