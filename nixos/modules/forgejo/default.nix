# Forgejo, a forge for Git, with its database on another host. Where the manifest makes it a client of
# the identity provider, people sign in there and nowhere else.
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
    network
    peers
    routes
    secrets
    service
    ;
  inherit (config.services.forgejo) group package user;
  nixmoxLib = import ../../lib { inherit lib; };
  forgejo = lib.getExe package;
  credentials = "/run/credentials/forgejo.service";

  database = nixmoxLib.only databases;
  port = nixmoxLib.first service.ports;
  # A second port is for Git over SSH.
  sshPort = nixmoxLib.first (lib.drop 1 service.ports);
  route = nixmoxLib.mainRoute routes;
  # Its certificate is for its name.
  ownUrl =
    if certificate == null then
      "http://${service.ip}:${toString port}"
    else
      "https://${service.hostname}:${toString port}";
  url = if route == null then "${ownUrl}/" else route.url;
  proxies = lib.filter (peer: lib.elem "proxy" peer.provides) (lib.attrValues peers);

  signIn = config.nixmox.signIns.default or null;
  # Forgejo's name for the provider is part of the address that people come back to.
  callback = builtins.match "https?://[^/]+/(.*/)?user/oauth2/([A-Za-z0-9-]+)/callback" (
    toString (nixmoxLib.first signIn.redirectUris)
  );
  # Forgejo's words for the claims that it can take a name from.
  usernameClaims = {
    preferred_username = "username";
    nickname = "nickname";
    email = "email";
    sub = "userid";
  };
  # Null if that secret does not exist: then there is no local administrator.
  passwordFile = secrets.admin-password.path or null;
  administrator = "nixmox";

  # Forgejo's own names. It can require one group; of several, the provider lets in the right people.
  source = {
    Provider = "openidConnect";
    ClientID = signIn.clientId;
    OpenIDConnectAutoDiscoveryURL = "${lib.removeSuffix "/" signIn.issuer}/.well-known/openid-configuration";
    Scopes = signIn.scopes;
    RequiredClaimName = lib.optionalString (signIn.groups != [ ]) signIn.groupsClaim;
    RequiredClaimValue = lib.optionalString (lib.length signIn.groups == 1) (
      nixmoxLib.first signIn.groups
    );
    GroupClaimName = signIn.groupsClaim;
    AdminGroup = lib.optionalString (signIn.adminGroup != null) signIn.adminGroup;
  };

  applySignIn = pkgs.writeShellScript "apply-sign-in" ''
    set -eu
    umask 0077
    PGPASSFILE=$(mktemp)
    export PGPASSFILE
    trap 'rm -f "$PGPASSFILE"' EXIT
    password=$(<${credentials}/FORGEJO__DATABASE__PASSWD__FILE)
    password=''${password//\\/\\\\}
    password=''${password//:/\\:}
    printf '*:*:*:*:%s\n' "$password" >"$PGPASSFILE"
    ${pkgs.postgresql}/bin/psql --no-psqlrc --quiet --no-password \
      --host=${database.host} --port=${toString database.port} \
      --username=${database.role} --dbname=${database.name} \
      --set name=${lib.last callback} --set settings=${lib.escapeShellArg (builtins.toJSON source)} \
      --file ${./apply-sign-in.sql} <${credentials}/client-secret
  '';

  # Its password is set once Forgejo answers; until then, nobody knows it.
  createAdministrator = pkgs.writeShellScript "create-administrator" ''
    set -eu
    users=$(${forgejo} admin user list --admin)
    while read -r _ name _; do
      [[ $name != ${administrator} ]] || exit 0
    done <<<"$users"
    ${forgejo} admin user create --admin --username ${administrator} \
      --email ${administrator}@${network.domain} \
      --random-password --random-password-length 40 --must-change-password=false >/dev/null
  '';

  applyPassword = pkgs.writeShellApplication {
    name = "apply-admin-password";
    runtimeInputs = [
      config.nixmox.login
      pkgs.coreutils
      pkgs.curl
      pkgs.jq
    ];
    text = builtins.readFile ./apply-admin-password.sh;
  };
in
{
  config =
    nixmoxLib.require
      [
        (nixmoxLib.needsDatabase service databases "Forgejo")
        (nixmoxLib.needsPort service "Forgejo" 3000)
        {
          assertion = signIn != null || passwordFile != null;
          message = "Unable to configure ${service.name}: nobody could sign in to Forgejo. Set `interface.auth.type = \"oidc\"` or `interface.secrets.admin-password = {}` in the manifest.";
        }
        (nixmoxLib.needsClientSecret service signIn "Forgejo")
        {
          assertion = signIn == null || usernameClaims ? ${signIn.usernameClaim};
          message = "Unable to configure ${service.name}: Forgejo cannot take a user's name from the claim ${
            toString (signIn.usernameClaim or null)
          }. Set `interface.auth.oidc.username_claim` to one of ${lib.concatStringsSep ", " (lib.attrNames usernameClaims)}.";
        }
        {
          assertion = signIn == null || callback != null;
          message = "Unable to configure ${service.name}: people do not come back to Forgejo at ${
            toString (nixmoxLib.first (signIn.redirectUris or [ ]))
          }. Set the first of `interface.auth.oidc.redirect_uris` to ${url}user/oauth2/sso/callback.";
        }
      ]
      {
        services.forgejo = {
          enable = true;
          database = {
            type = "postgres";
            createDatabase = false;
            inherit (database) host port name;
            user = database.role;
            inherit (database) passwordFile;
          };
          lfs.enable = lib.mkDefault true;
          settings = {
            # NixOS has it without TLS.
            database.SSL_MODE = lib.mkForce "verify-full";
            server = {
              PROTOCOL = if certificate == null then "http" else "https";
              HTTP_ADDR = service.ip;
              HTTP_PORT = port;
              DOMAIN = if route == null then service.hostname else route.domain;
              ROOT_URL = url;
              DISABLE_SSH = sshPort == null;
              # There is nothing to see for others.
              LANDING_PAGE = lib.mkDefault "login";
            }
            // lib.optionalAttrs (certificate != null) {
              CERT_FILE = "${credentials}/certificate";
              KEY_FILE = "${credentials}/key";
            }
            # The proxy passes on HTTP only, so that clones over SSH come to the host itself. The manifest
            # says from where.
            // lib.optionalAttrs (sshPort != null) {
              START_SSH_SERVER = true;
              SSH_DOMAIN = service.hostname;
              SSH_LISTEN_HOST = service.ip;
              SSH_LISTEN_PORT = sshPort;
              SSH_PORT = sshPort;
            };
            session.COOKIE_SECURE = lib.hasPrefix "https://" url;
            service = {
              # People come from the provider, or the administrator adds them.
              DISABLE_REGISTRATION = signIn == null;
              ALLOW_ONLY_EXTERNAL_REGISTRATION = signIn != null;
              SHOW_REGISTRATION_BUTTON = false;
              ENABLE_INTERNAL_SIGNIN = signIn == null;
              # Of passwords; tokens are accepted always.
              ENABLE_BASIC_AUTHENTICATION = passwordFile != null;
              REQUIRE_SIGNIN_VIEW = lib.mkDefault true;
            };
            openid = {
              ENABLE_OPENID_SIGNIN = false;
              ENABLE_OPENID_SIGNUP = false;
            };
            "cron.update_checker".ENABLED = false;
            # There is no server for mail, and no runner.
            mailer.ENABLED = lib.mkDefault false;
            actions.ENABLED = lib.mkDefault false;
          }
          // lib.optionalAttrs (proxies != [ ]) {
            security.REVERSE_PROXY_TRUSTED_PROXIES = lib.concatMapStringsSep "," (peer: peer.ip) proxies;
          }
          // lib.optionalAttrs (signIn != null) {
            oauth2_client = {
              ENABLE_AUTO_REGISTRATION = true;
              REGISTER_EMAIL_CONFIRM = false;
              USERNAME = usernameClaims.${signIn.usernameClaim};
              # A name or an address at the provider is no proof of being the local user who has it.
              ACCOUNT_LINKING = "disabled";
            };
          };
        };

        nixmox.sandbox = {
          forgejo = { };
          forgejo-secrets = { };
        };
        nixmox.state.forgejo.directory = config.services.forgejo.stateDir;
        systemd.services.forgejo = {
          wants = [ "network-online.target" ];
          after = [ "network-online.target" ];
          environment = {
            PGSSLMODE = "verify-full";
            # Not everything that connects looks for the system's certificates by itself.
            PGSSLROOTCERT =
              if database.sslRootCert == null then "/etc/ssl/certs/ca-certificates.crt" else database.sslRootCert;
          };
          preStart = lib.mkAfter (
            lib.optionalString (signIn != null) "${applySignIn}\n"
            + lib.optionalString (passwordFile != null) "${createAdministrator}\n"
          );
          serviceConfig = {
            ExecStartPost = lib.optional (passwordFile != null) (
              "+${lib.getExe applyPassword} ${administrator} ${ownUrl} ${passwordFile}"
              + " ${pkgs.util-linux}/bin/setpriv --reuid=${user} --regid=${group} --init-groups ${forgejo}"
            );
            LoadCredential =
              lib.optional (signIn != null) "client-secret:${signIn.clientSecretFile}"
              ++ lib.optionals (certificate != null) [
                "certificate:${certificate.certFile}"
                "key:${certificate.keyFile}"
              ];
          };
        };
      };
}
