# Nextcloud: files, calendars and contacts, with its database on another host and a web server of its
# own. Where the manifest makes it a client of the identity provider, people sign in there.
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
    routes
    secrets
    service
    ;
  nixmoxLib = import ../../lib { inherit lib; };
  database = nixmoxLib.only databases;
  port = nixmoxLib.first service.ports;
  route = nixmoxLib.mainRoute routes;
  proxies = lib.filter (peer: lib.elem "proxy" peer.provides) (lib.attrValues peers);
  url = if route == null then "https://${service.hostname}:${toString port}/" else route.url;
  firstPasswordFile = "/run/nextcloud-first-password/password";

  # Nextcloud moves from one major version to the next alone.
  major = lib.head (builtins.match "([0-9]*).*" (toString service.version));
  # nixpkgs keeps the names of packages that it has no more, to say so.
  isThere =
    name:
    let
      version = builtins.tryEval (pkgs.${name}.version or "");
    in
    version.success && version.value != "";
  known = lib.filter (name: builtins.match "nextcloud[0-9]+" name != null && isThere name) (
    lib.attrNames pkgs
  );

  # Null: there is no local administrator.
  adminPasswordFile = secrets.admin-password.path or null;
  signIn = config.nixmox.signIns.default or null;
  callback = "${url}apps/user_oidc/code";

  # For PostgreSQL's library, however Nextcloud connects.
  tls = {
    PGSSLMODE = "verify-full";
    PGSSLROOTCERT = nixmoxLib.rootCertOf database;
  };
  firstPgpass = "/run/nextcloud-setup/pgpass";

  applyAccounts = pkgs.writeShellApplication {
    name = "apply-accounts";
    text = builtins.readFile ./apply-accounts.sh;
  };
  applySignIn = lib.concatStringsSep " " [
    "${lib.getExe config.services.nextcloud.occ} user_oidc:provider sso"
    ''--clientsecret-file="$CREDENTIALS_DIRECTORY/client-secret"''
    (lib.escapeShellArgs [
      "--clientid=${signIn.clientId}"
      "--discoveryuri=${lib.removeSuffix "/" signIn.issuer}/.well-known/openid-configuration"
      "--scope=${lib.concatStringsSep " " signIn.scopes}"
      # People have the names that they have at the provider.
      "--unique-uid=0"
      "--mapping-uid=${signIn.usernameClaim}"
      "--mapping-groups=${signIn.groupsClaim}"
      "--group-provisioning=1"
      # Members of the group admin administer Nextcloud.
      "--group-whitelist-regex=${if signIn.adminGroup == "admin" then "/^./" else "/^(?!admin$)./"}"
    ])
  ];
in
{
  imports = [ ./server.nix ];

  config =
    nixmoxLib.require
      [
        (nixmoxLib.needsDatabase service databases "Nextcloud")
        (nixmoxLib.needsPort service "Nextcloud" 8080)
        {
          assertion = isThere "nextcloud${major}";
          message = "Unable to configure ${service.name}: ${
            if service.version == null then
              "the manifest names no version of Nextcloud, which must not skip one"
            else
              "nixpkgs has no Nextcloud ${service.version}"
          }. Set `version` to one of ${
            lib.concatMapStringsSep ", " (lib.removePrefix "nextcloud") known
          } in the manifest; an existing Nextcloud moves to the next one alone.";
        }
        {
          assertion = service.unit == "phpfpm-nextcloud.service";
          message = "Unable to configure ${service.name}: Nextcloud runs in PHP's process manager. Set `unit = \"phpfpm-nextcloud.service\"` in the manifest.";
        }
        {
          assertion = route == null || route.path == "/";
          message = "Unable to configure ${service.name}: Nextcloud answers at the root of its name and not below ${route.path or ""}. Leave `path` out of its route in the manifest.";
        }
        {
          assertion = signIn != null || adminPasswordFile != null;
          message = "Unable to configure ${service.name}: nobody could sign in to Nextcloud. Set `interface.auth.type = \"oidc\"` or `interface.secrets.admin-password = {}` in the manifest.";
        }
        (nixmoxLib.needsClientSecret service signIn "Nextcloud")
        {
          assertion = signIn == null || lib.elem callback signIn.redirectUris;
          message = "Unable to configure ${service.name}: people do not come back to Nextcloud at ${
            lib.concatStringsSep " or " (signIn.redirectUris or [ ])
          }. Add ${callback} to `interface.auth.oidc.redirect_uris` in the manifest.";
        }
        {
          assertion = lib.elem (signIn.adminGroup or null) [
            null
            "admin"
          ];
          message = "Unable to configure ${service.name}: Nextcloud's administrators are the members of a group called admin. Name the group so, or leave `interface.auth.oidc.admin_group` out of the manifest and set `interface.secrets.admin-password = {}`.";
        }
      ]
      {
        services.nextcloud = {
          enable = true;
          package = pkgs."nextcloud${major}";
          hostName = if route == null then service.hostname else route.domain;
          https = lib.hasPrefix "https://" url;
          config = {
            dbtype = "pgsql";
            dbhost = "${database.host}:${toString database.port}";
            dbname = database.name;
            dbuser = database.role;
            adminuser = "nixmox";
            # Nextcloud's installer takes it in its command line: it is valid until accounts are set.
            adminpassFile = firstPasswordFile;
          };
          # Not as `config.dbpassFile`, which the installer would take in its command line, too.
          secrets.dbpassword = database.passwordFile;
          configureRedis = true;
          maxUploadSize = lib.mkDefault "16G";
          # NixOS would allow each request as much memory as an upload has.
          phpOptions.memory_limit = lib.mkForce "512M";
          # What runs comes from nixpkgs.
          appstoreEnable = lib.mkDefault false;
          extraApps = lib.optionalAttrs (signIn != null) {
            inherit (pkgs."nextcloud${major}Packages".apps) user_oidc;
          };
          settings = {
            trusted_domains = [ service.hostname ];
            trusted_proxies = map (peer: peer.ip) proxies;
            overwriteprotocol = if lib.hasPrefix "https://" url then "https" else "http";
            "overwrite.cli.url" = url;
            # In the night, by the world's clock.
            maintenance_window_start = 1;
            # Counts in `nextcloud-occ` too, which root runs in a unit with no environment of ours.
            pgsql_ssl = {
              mode = tls.PGSSLMODE;
              rootcert = tls.PGSSLROOTCERT;
            };
          }
          // lib.optionalAttrs (route != null) { overwritehost = route.domain; }
          # The provider is in the homelab.
          // lib.optionalAttrs (signIn != null) { allow_local_remote_servers = true; };
        };

        nixmox.state.nextcloud = {
          directory = config.services.nextcloud.home;
          units = [
            "phpfpm-nextcloud.service"
            "nextcloud-cron.service"
          ];
        };

        systemd.services = {
          nextcloud-first-password = {
            description = "A password that Nextcloud has until it has the manifest's";
            script = ''
              umask 0377
              rm -f ${firstPasswordFile}
              head --bytes=33 /dev/urandom | base64 >${firstPasswordFile}
            '';
            path = [ pkgs.coreutils ];
            serviceConfig = {
              Type = "oneshot";
              RemainAfterExit = true;
              RuntimeDirectory = "nextcloud-first-password";
              RuntimeDirectoryMode = "0700";
            };
          };

          # It runs before each start of PHP, so that the values in the files are those that count.
          nextcloud-setup = {
            wants = [ "network-online.target" ];
            requires = [ "nextcloud-first-password.service" ];
            after = [
              "network-online.target"
              "nextcloud-first-password.service"
            ];
            environment = tls // {
              PGPASSFILE = firstPgpass;
            };
            script = lib.mkAfter (
              "${lib.getExe applyAccounts} nixmox${lib.optionalString (signIn != null) " sso"}\n"
              + lib.optionalString (signIn != null) "${applySignIn}\n"
            );
            serviceConfig = {
              RuntimeDirectory = "nextcloud-setup";
              RuntimeDirectoryMode = "0700";
              ExecStartPre = [ (nixmoxLib.writePgpass pkgs database firstPgpass) ];
              LoadCredential = [
                "database:${database.passwordFile}"
              ]
              ++ lib.optional (adminPasswordFile != null) "admin-password:${adminPasswordFile}"
              ++ lib.optional (signIn != null) "client-secret:${signIn.clientSecretFile}";
              # An upgrade of the database takes its time.
              TimeoutStartSec = "30min";
            };
          };
          phpfpm-nextcloud = {
            requires = [ "nextcloud-setup.service" ];
            after = [ "nextcloud-setup.service" ];
          };
          nextcloud-cron = {
            environment = tls;
            # Its timer goes on where Nextcloud was stopped, so that its folder can be copied.
            after = [ "phpfpm-nextcloud.service" ];
            unitConfig.Requisite = "phpfpm-nextcloud.service";
          };
          nextcloud-update-db.environment = tls;
        };
        services.phpfpm.pools.nextcloud.phpEnv = tls;
      };
}
