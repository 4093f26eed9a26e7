# Grafana, which draws what Prometheus and Loki know. It is here if the manifest has a route named
# `grafana`. People sign in at the identity provider and nowhere else: it has no user with a password.
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
    signIns
    ;
  nixmoxLib = import ../../lib { inherit lib; };
  program = import ./program.nix { inherit config lib pkgs; };
  credentials = "/run/credentials/grafana.service";
  # How Grafana is told to read a value from a file.
  fileOf = name: "$__file{${credentials}/${name}}";

  route = routes.grafana or null;
  # No default of a port: a route with an upstream has one.
  port = lib.toInt (lib.last (lib.splitString ":" route.upstream));
  url = lib.removeSuffix "/" route.url;
  database = nixmoxLib.only databases;
  signIn = signIns.grafana or signIns.default or null;
  callback = "${url}/login/generic_oauth";
  keyFile = secrets.grafana-key.path or null;

  # Grafana asks for three addresses, which each provider has in a place of its own.
  authentik = builtins.match "(https://.*/application/o/)[^/]+/" (signIn.issuer or "");
  keycloak = builtins.match "(https://.*/realms/[^/]+)" (signIn.issuer or "");
  endpoints =
    if authentik != null then
      {
        auth_url = "${lib.head authentik}authorize/";
        token_url = "${lib.head authentik}token/";
        api_url = "${lib.head authentik}userinfo/";
      }
    else if keycloak != null then
      lib.mapAttrs (_: name: "${lib.head keycloak}/protocol/openid-connect/${name}") {
        auth_url = "auth";
        token_url = "token";
        api_url = "userinfo";
      }
    else
      null;

  alertmanager = program {
    unit = "alertmanager";
    port = nixmoxLib.first (lib.drop 1 service.ports);
  };
  prometheus = program {
    unit = "prometheus";
    port = nixmoxLib.first service.ports;
  };
  # One of the programs here, as a source that Grafana asks on behalf of those who have signed in.
  source =
    name: type: program: more:
    {
      inherit name type;
      # What dashboards call it.
      uid = type;
      url = "${program.scheme}://${program.address}${program.path}";
    }
    // lib.optionalAttrs (!program.guarded) {
      basicAuth = true;
      basicAuthUser = "admin";
      secureJsonData.basicAuthPassword = fileOf "admin-password";
    }
    // more;
  hasLoki = config.services.loki.enable;
  asksPassword = !prometheus.guarded || alertmanager.port != null && !alertmanager.guarded;
in
{
  config = lib.mkIf (route != null) (
    nixmoxLib.require
      [
        {
          assertion =
            route.upstream != null
            && port != prometheus.port
            && port != alertmanager.port
            && (hasLoki -> port != config.services.loki.configuration.server.http_listen_port);
          message = "Unable to configure ${service.name}: Grafana needs a port of its own. Set `interface.routes.grafana.upstream = \"${service.ip}:3000\"` in the manifest.";
        }
        {
          assertion = signIn != null && !route.guarded;
          message = "Unable to configure ${service.name}: people sign in to Grafana at the identity provider. Set `interface.routes.grafana.auth.type = \"oidc\"` in the manifest, and leave out `authz`.";
        }
        {
          assertion = signIn == null || signIn.clientSecretFile != null;
          message = "Unable to configure ${service.name}: Grafana cannot be a public client. Leave `auth.oidc.client_type` out of `interface.routes.grafana` in the manifest.";
        }
        {
          assertion = signIn == null || lib.elem callback signIn.redirectUris;
          message = "Unable to configure ${service.name}: people do not come back to Grafana at ${
            toString (nixmoxLib.first (signIn.redirectUris or [ ]))
          }. Set `interface.routes.grafana.auth.oidc.redirect_uris = [\"${callback}\"]` in the manifest.";
        }
        {
          assertion = signIn == null || endpoints != null;
          message = "Unable to configure ${service.name}: Grafana does not know where ${signIn.issuer} signs people in. Use Authentik or Keycloak.";
        }
        {
          assertion = keyFile != null;
          message = "Unable to configure ${service.name}: Grafana needs a key for what it keeps. Set `interface.secrets.grafana-key = {}` in the manifest.";
        }
        {
          assertion = databases == { } || database != null;
          message = "Unable to configure ${service.name}: Grafana has one database or none, and not ${toString (lib.length (lib.attrNames databases))}. Leave one in `interface.dbs` of the manifest.";
        }
      ]
      {
        services.grafana = {
          enable = true;
          settings = {
            server = {
              protocol = if certificate == null then "http" else "https";
              http_addr = service.ip;
              http_port = port;
              inherit (route) domain;
              root_url = "${url}/";
              serve_from_sub_path = route.path != "/";
            }
            // lib.optionalAttrs (certificate != null) {
              cert_file = "${credentials}/certificate";
              cert_key = "${credentials}/key-of-certificate";
            };
            security = {
              secret_key = fileOf "key";
              disable_initial_admin_creation = true;
              disable_gravatar = true;
              cookie_secure = route.tls;
            };
            auth.disable_login_form = true;
            users.allow_sign_up = false;
            "auth.generic_oauth" = {
              enabled = true;
              name = "Single sign-on";
              client_id = signIn.clientId;
              client_secret = fileOf "client-secret";
              scopes = lib.concatStringsSep " " signIn.scopes;
              login_attribute_path = signIn.usernameClaim;
              groups_attribute_path = signIn.groupsClaim;
              # The provider has let in the right people already.
              allow_sign_up = true;
              auto_login = true;
              use_pkce = true;
              role_attribute_path =
                if signIn.adminGroup == null then
                  "'Viewer'"
                else
                  "contains(\"${signIn.groupsClaim}\"[*], '${signIn.adminGroup}') && 'GrafanaAdmin' || 'Viewer'";
              allow_assign_grafana_admin = true;
            }
            // endpoints;
            # It tells its makers nothing, and fetches nothing from them.
            analytics = {
              reporting_enabled = false;
              check_for_updates = false;
              check_for_plugin_updates = false;
              feedback_links_enabled = false;
            };
            news.news_feed_enabled = false;
            plugins.preinstall_disabled = true;
            snapshots.external_enabled = false;
          }
          // lib.optionalAttrs (database != null) {
            database = {
              type = "postgres";
              host = "${database.host}:${toString database.port}";
              inherit (database) name;
              user = database.role;
              password = fileOf "database";
              ssl_mode = "verify-full";
              ca_cert_path = database.sslRootCert;
            };
          };
          provision = {
            enable = true;
            datasources.settings.datasources = [
              (source "Prometheus" "prometheus" prometheus { isDefault = true; })
            ]
            ++ lib.optional (alertmanager.port != null) (
              source "Alertmanager" "alertmanager" alertmanager { jsonData.implementation = "prometheus"; }
            )
            ++ lib.optional hasLoki (
              source "Loki" "loki" {
                inherit (prometheus) scheme;
                address = "${if certificate == null then service.ip else service.hostname}:3100";
                path = "";
                guarded = true;
              } { }
            );
            dashboards.settings.providers = [
              {
                name = "nixmox";
                options.path = "${./dashboards}";
              }
            ];
          };
        };

        # What evaluates its expressions compiles regular expressions as soon as Grafana starts, which
        # would end it. NixOS's own module leaves this out, too.
        nixmox.sandbox.grafana.MemoryDenyWriteExecute = false;
        # Users' own dashboards; with a database of its own, these are there.
        nixmox.state.grafana = {
          directory = config.services.grafana.dataDir;
          units = [ "grafana.service" ];
        };
        systemd.services.grafana = {
          wants = [ "network-online.target" ];
          after = [ "network-online.target" ];
          unitConfig.PartOf = [ "prometheus.service" ];
          serviceConfig.LoadCredential = [
            "key:${keyFile}"
            "client-secret:${signIn.clientSecretFile}"
          ]
          ++ lib.optional asksPassword "admin-password:${secrets.admin-password.path}"
          ++ lib.optional (database != null) "database:${database.passwordFile}"
          ++ lib.optionals (certificate != null) [
            "certificate:${certificate.certFile}"
            "key-of-certificate:${certificate.keyFile}"
          ];
        };
      }
  );
}
