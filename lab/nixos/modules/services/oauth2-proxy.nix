{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.services.oauth2-proxy;
  optional =
    type: description:
    mkOption {
      type = types.nullOr type;
      default = null;
      inherit description;
    };
  text =
    default: description:
    mkOption {
      type = types.str;
      inherit default description;
    };
  flag =
    default: description:
    mkOption {
      type = types.bool;
      inherit default description;
    };
  file =
    description:
    mkOption {
      type = types.path;
      inherit description;
    };

  flags = {
    inherit (cfg) provider scope upstream;
    approval-prompt = cfg.approvalPrompt;
    client-id = cfg.clientID;
    client-secret-file = if cfg.clientSecretFile == null then null else "%d/client-secret";
    cookie-domain = cfg.cookie.domain;
    cookie-expire = cfg.cookie.expire;
    cookie-httponly = cfg.cookie.httpOnly;
    cookie-name = cfg.cookie.name;
    cookie-refresh = cfg.cookie.refresh;
    cookie-secret-file = if cfg.cookie.secretFile == null then null else "%d/cookie-secret";
    cookie-secure = cfg.cookie.secure;
    custom-templates-dir = cfg.customTemplatesDir;
    email-domain = cfg.email.domains;
    http-address = cfg.httpAddress;
    login-url = cfg.loginURL;
    oidc-issuer-url = cfg.oidcIssuerUrl;
    pass-access-token = cfg.passAccessToken;
    pass-basic-auth = cfg.passBasicAuth;
    pass-host-header = cfg.passHostHeader;
    proxy-prefix = cfg.proxyPrefix;
    redeem-url = cfg.redeemURL;
    redirect-url = cfg.redirectURL;
    request-logging = cfg.requestLogging;
    reverse-proxy = cfg.reverseProxy;
    set-xauthrequest = cfg.setXauthrequest;
    validate-url = cfg.validateURL;
  }
  // lib.optionalAttrs cfg.tls.enable {
    https-address = cfg.tls.httpsAddress;
    tls-cert-file = cfg.tls.certificate;
    tls-key-file = cfg.tls.key;
  }
  // cfg.extraConfig;
  show =
    name: value:
    if value == null then
      [ ]
    else if lib.isList value then
      lib.concatMap (show name) value
    else if lib.isBool value then
      [ "--${name}=${lib.boolToString value}" ]
    else
      [ "--${name}='${toString value}'" ];
in
{
  options.services.oauth2-proxy = {
    enable = lib.mkEnableOption "oauth2-proxy";
    package = lib.mkPackageOption pkgs "oauth2-proxy" { };
    provider = mkOption {
      type = types.enum [
        "keycloak-oidc"
        "oidc"
      ];
      default = "oidc";
      description = "Kind of the provider; the lab has no other.";
    };
    approvalPrompt = mkOption {
      type = types.enum [
        "force"
        "auto"
      ];
      default = "force";
      description = "Whether users are asked each time for their consent.";
    };
    clientID = optional types.str "Name of the client at the provider.";
    clientSecretFile = optional types.path "File with the client's secret.";
    oidcIssuerUrl = optional types.str "Who issues the tokens.";
    loginURL = optional types.str "Where browsers sign in.";
    redeemURL = optional types.str "Where codes become tokens.";
    validateURL = optional types.str "Where tokens are checked.";
    redirectURL = optional types.str "Where browsers come back to.";
    scope = optional types.str "What is asked for.";
    email.domains = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Domains of the e-mail addresses that may sign in.";
    };
    upstream = mkOption {
      type = types.coercedTo types.str (one: [ one ]) (types.listOf types.str);
      default = [ ];
      description = "Where requests go that may pass.";
    };
    passAccessToken = flag false "Whether the upstream gets the token.";
    passBasicAuth = flag true "Whether the upstream gets the name as HTTP's own sign-in.";
    passHostHeader = flag true "Whether the upstream gets the requested name.";
    cookie = {
      domain = optional types.str "Domain of the cookie.";
      expire = text "168h0m0s" "How long the cookie is valid.";
      httpOnly = flag true "Whether scripts in pages may not read the cookie.";
      name = text "_oauth2_proxy" "Name of the cookie.";
      refresh = optional types.str "After which time the provider is asked again.";
      secretFile = optional types.path "File with the key of the cookies.";
      secure = flag true "Whether the cookie is for HTTPS alone.";
    };
    httpAddress = text "http://127.0.0.1:4180" "Address for HTTP; `-` for none.";
    customTemplatesDir = optional types.path "Folder of its pages.";
    reverseProxy = flag false "Whether it believes what a proxy says about the client.";
    proxyPrefix = text "/oauth2" "Path of its own pages.";
    requestLogging = flag true "Whether it logs requests.";
    setXauthrequest = mkOption {
      type = types.nullOr types.bool;
      default = false;
      description = "Whether its answers name the user.";
    };
    tls = {
      enable = flag false "Whether it serves TLS.";
      certificate = file "File with its certificate.";
      key = file "File with the certificate's key.";
      httpsAddress = text ":443" "Address for TLS.";
    };
    extraConfig = mkOption {
      type = types.attrsOf types.anything;
      default = { };
      description = "Further flags of the command.";
    };
    keyFile = optional types.path "Environment file with its secrets.";
  };

  config = lib.mkIf cfg.enable {
    users.users.oauth2-proxy = {
      description = "OAuth2 Proxy";
      isSystemUser = true;
      group = "oauth2-proxy";
    };
    users.groups.oauth2-proxy = { };
    systemd.services.oauth2-proxy = {
      description = "OAuth2 Proxy";
      path = [ cfg.package ];
      wantedBy = [ "multi-user.target" ];
      wants = [ "network-online.target" ];
      after = [ "network-online.target" ];
      restartTriggers = [ cfg.keyFile ];
      serviceConfig = {
        User = "oauth2-proxy";
        Restart = "always";
        ExecStart = lib.concatStringsSep " " (
          [ (lib.getExe cfg.package) ] ++ lib.concatLists (lib.mapAttrsToList show flags)
        );
        EnvironmentFile = lib.mkIf (cfg.keyFile != null) cfg.keyFile;
        LoadCredential =
          lib.optional (cfg.clientSecretFile != null) "client-secret:${cfg.clientSecretFile}"
          ++ lib.optional (cfg.cookie.secretFile != null) "cookie-secret:${cfg.cookie.secretFile}";
      };
    };
  };
}
