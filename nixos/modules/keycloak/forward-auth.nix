# oauth2-proxy beside Keycloak: the proxy asks it whether a request to a guarded route may pass, and
# browsers are sent to it to sign in. One cookie counts for all names of the homelab.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (config.nixmox)
    certificate
    peers
    secrets
    service
    signOn
    ;
  inherit (config.services.oauth2-proxy) package;
  proxies = lib.filter (peer: lib.elem "proxy" peer.provides) (lib.attrValues peers);
  ready =
    signOn != null
    && signOn.kind == "keycloak"
    && certificate != null
    && secrets ? cookie-secret
    && secrets ? forward-auth-secret;
  runtime = "/run/oauth2-proxy";
  credentials = "/run/credentials/oauth2-proxy.service";
  # Keycloak is on this host, so its companion depends on neither the proxy nor DNS.
  endpoint =
    name:
    "http://127.0.0.1:${toString signOn.apiPort}/realms/${signOn.realm}/protocol/openid-connect/${name}";

  # Not every version of oauth2-proxy reads the cookie's secret from a file of its own.
  writeSecrets = pkgs.writeShellScript "write-secrets" ''
    set -eu
    umask 0377
    rm -f ${runtime}/secrets.toml
    quoted() {
      local value
      value=$(<"$CREDENTIALS_DIRECTORY/$1")
      value=''${value//\\/\\\\}
      printf '"%s"' "''${value//\"/\\\"}"
    }
    printf '%s = %s\n' client_secret "$(quoted client-secret)" \
      cookie_secret "$(quoted cookie-secret)" >${runtime}/secrets.toml
  '';
in
{
  config = lib.mkIf ready {
    services.oauth2-proxy = {
      enable = true;
      provider = "oidc";
      clientID = "oauth2-proxy";
      oidcIssuerUrl = "${signOn.url}/realms/${signOn.realm}";
      loginURL = "${signOn.url}/realms/${signOn.realm}/protocol/openid-connect/auth";
      redeemURL = endpoint "token";
      redirectURL = "${signOn.url}/oauth2/callback";
      scope = "openid profile email";
      # Who may pass is decided by groups, which the proxy names with each question.
      email.domains = [ "*" ];
      setXauthrequest = true;
      passBasicAuth = false;
      reverseProxy = true;
      requestLogging = false;
      customTemplatesDir = pkgs.runCommand "oauth2-proxy-templates" { } ''
        mkdir $out
        cp ${./error.html} $out/error.html
      '';
      httpAddress = "-";
      tls = {
        enable = true;
        certificate = "${credentials}/certificate";
        key = "${credentials}/key";
        httpsAddress = "${service.ip}:${toString signOn.forwardAuthPort}";
      };
      cookie = {
        domain = signOn.cookieDomain;
        # Keycloak is asked again after this time: one who has lost access does not keep it for longer.
        refresh = "1m0s";
        expire = "12h0m0s";
      };
      extraConfig = {
        config = "${runtime}/secrets.toml";
        approval-prompt = "auto";
        # Or else a page that still asks for something would be signed in again at once.
        backend-logout-url = "${endpoint "logout"}?id_token_hint={id_token}";
        code-challenge-method = "S256";
        cookie-samesite = "lax";
        oidc-groups-claim = "groups";
        oidc-jwks-url = endpoint "certs";
        skip-oidc-discovery = true;
        skip-provider-button = true;
        whitelist-domain = signOn.cookieDomain;
      }
      # Older ones believe what any proxy says; the firewall admits only the homelab's own.
      // lib.optionalAttrs (proxies != [ ] && lib.versionAtLeast package.version "7.15") {
        trusted-proxy-ip = map (proxy: proxy.ip) proxies;
      };
    };

    nixmox.sandbox.oauth2-proxy = { };
    systemd.services.oauth2-proxy.serviceConfig = {
      ExecStartPre = [ writeSecrets ];
      RuntimeDirectory = "oauth2-proxy";
      RuntimeDirectoryMode = "0700";
      LoadCredential = [
        "client-secret:${secrets.forward-auth-secret.path}"
        "cookie-secret:${secrets.cookie-secret.path}"
        "certificate:${certificate.certFile}"
        "key:${certificate.keyFile}"
      ];
      RestartSec = 5;
    };
  };
}
