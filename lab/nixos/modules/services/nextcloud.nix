# Nextcloud, of which the lab has no package: its units are NixOS's, its programs others'.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.services.nextcloud;
  json = pkgs.formats.json { };
  option =
    type: default: description:
    mkOption { inherit type default description; };
  word = types.oneOf [
    types.str
    types.int
    types.bool
  ];
  php = "${cfg.phpPackage}/bin/php";
  credentials =
    lib.optional (cfg.config.dbpassFile != null) "dbpass:${cfg.config.dbpassFile}"
    ++ lib.optional (cfg.secretFile != null) "secret_file:${cfg.secretFile}"
    ++ lib.mapAttrsToList (name: file: "${name}:${file}") cfg.secrets;
  occ = pkgs.writeShellApplication {
    name = "nextcloud-occ";
    text = ''
      cd ${cfg.package}
      exec env NEXTCLOUD_CONFIG_DIR=${cfg.datadir}/config ${php} occ "$@"
    '';
  };
  settings = json.generate "nextcloud-settings.json" cfg.settings;
  oneshot = {
    after = [ "nextcloud-setup.service" ];
    serviceConfig = {
      Type = "exec";
      User = "nextcloud";
      LoadCredential = credentials;
      ExecCondition = "${php} -f ${cfg.package}/occ status --exit-code";
    };
  };
in
{
  options.services.nextcloud = {
    enable = lib.mkEnableOption "nextcloud";
    package = mkOption {
      type = types.package;
      description = "The package of the version that is wanted.";
    };
    phpPackage = lib.mkPackageOption pkgs "php" { };
    home = option types.str "/var/lib/nextcloud" "Its folder.";
    datadir = option types.str cfg.home "Folder of its data.";
    hostName = mkOption {
      type = types.str;
      description = "Its public name.";
    };
    https = option types.bool false "Whether it is reached over HTTPS.";
    maxUploadSize = option types.str "512M" "Size of the largest file.";
    fastcgiTimeout = option types.int 120 "Seconds that nginx waits for PHP.";
    appstoreEnable = option (types.nullOr types.bool) null "Whether administrators may install apps.";
    extraApps = option (types.attrsOf types.package) { } "Apps, by their ids.";
    extraAppsEnable = option types.bool true "Whether these are enabled at each start.";
    configureRedis = option types.bool false "Whether it has a Redis of its own.";
    database.createLocally =
      option types.bool false
        "Whether its database is here; the lab has it elsewhere.";
    secretFile = option (types.nullOr types.str) null "File with settings that are secret.";
    secrets =
      option (types.attrsOf types.path) { }
        "Files with settings that are secret, by their names.";
    occ = option types.package occ "Its command.";
    phpOptions = mkOption {
      type = types.attrsOf (types.either types.str types.int);
      description = "Settings in php.ini.";
    };
    poolSettings = option (types.attrsOf word) {
      pm = "dynamic";
      "pm.max_children" = "120";
      "pm.max_requests" = "500";
      "pm.max_spare_servers" = "18";
      "pm.min_spare_servers" = "6";
      "pm.start_servers" = "12";
      "pm.status_path" = "/status";
    } "How many processes of PHP there are.";
    config = {
      dbtype = mkOption {
        type = types.enum [
          "sqlite"
          "pgsql"
          "mysql"
        ];
        description = "What kind of database it uses.";
      };
      dbhost = option (types.nullOr types.str) "localhost" "The database's host.";
      dbname = option (types.nullOr types.str) "nextcloud" "Its name.";
      dbuser = option (types.nullOr types.str) "nextcloud" "The role that owns it.";
      dbpassFile = option (types.nullOr types.str) null "File with that role's password.";
      adminuser = option types.str "root" "The first user.";
      adminpassFile = mkOption {
        type = types.str;
        description = "File with the first user's first password.";
      };
    };
    settings = mkOption {
      type = types.submodule {
        freeformType = json.type;
        options = {
          trusted_domains = option (types.listOf types.str) [ ] "Names that it answers to.";
          trusted_proxies = option (types.listOf types.str) [ ] "Proxies whose word it takes.";
          overwriteprotocol = option (types.enum [
            ""
            "http"
            "https"
          ]) "" "What its own links begin with.";
        };
      };
      default = { };
      description = "Settings in config.php.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = cfg.config.dbtype == "pgsql" && !cfg.database.createLocally;
        message = "The lab has Nextcloud's database in PostgreSQL on another host. Set services.nextcloud.config.dbtype = \"pgsql\".";
      }
    ];
    environment.systemPackages = [ cfg.occ ];
    users.users.nextcloud = {
      isSystemUser = true;
      group = "nextcloud";
      home = cfg.home;
    };
    users.groups.nextcloud = { };

    services.nextcloud = {
      phpOptions = {
        memory_limit = cfg.maxUploadSize;
        post_max_size = cfg.maxUploadSize;
        upload_max_filesize = cfg.maxUploadSize;
      };
      settings = {
        datadirectory = lib.mkDefault "${cfg.datadir}/data";
        trusted_domains = [ cfg.hostName ];
      };
    };
    services.nginx = {
      enable = lib.mkDefault true;
      virtualHosts.${cfg.hostName}.root = "${cfg.package}";
    };
    services.phpfpm.pools.nextcloud = {
      user = "nextcloud";
      group = "nextcloud";
      phpPackage = cfg.phpPackage;
      phpEnv.NEXTCLOUD_CONFIG_DIR = "${cfg.datadir}/config";
      settings = {
        "listen.owner" = "nginx";
        "listen.group" = "nginx";
      }
      // cfg.poolSettings;
    };
    systemd.tmpfiles.rules =
      map (folder: "d ${folder} 0750 nextcloud nextcloud - -") [
        cfg.home
        "${cfg.datadir}/config"
        "${cfg.datadir}/data"
      ]
      ++ [ "L+ ${cfg.datadir}/config/override.config.json - - - - ${settings}" ];

    systemd.timers.nextcloud-cron = {
      wantedBy = [ "timers.target" ];
      after = [ "nextcloud-setup.service" ];
      timerConfig = {
        OnBootSec = "5m";
        OnUnitActiveSec = "5m";
        Unit = "nextcloud-cron.service";
      };
    };
    systemd.services = {
      nextcloud-setup = {
        wantedBy = [ "multi-user.target" ];
        before = [ "phpfpm-nextcloud.service" ];
        path = [ cfg.occ ];
        script = ''
          if [[ ! -s ${cfg.datadir}/config/config.php ]]; then
            nextcloud-occ maintenance:install
          fi
          nextcloud-occ upgrade
          ${lib.optionalString (
            cfg.extraAppsEnable && cfg.extraApps != { }
          ) "nextcloud-occ app:enable ${lib.concatStringsSep " " (lib.attrNames cfg.extraApps)}"}
        '';
        serviceConfig = {
          Type = "oneshot";
          User = "nextcloud";
          LoadCredential = [ "adminpass:${cfg.config.adminpassFile}" ] ++ credentials;
        };
      };
      nextcloud-cron = lib.mkMerge [
        oneshot
        {
          environment.NEXTCLOUD_CONFIG_DIR = "${cfg.datadir}/config";
          serviceConfig.ExecStart = "${php} -f ${cfg.package}/cron.php";
        }
      ];
      nextcloud-update-db = lib.mkMerge [
        oneshot
        { script = "nextcloud-occ db:add-missing-indices"; }
      ];
      phpfpm-nextcloud.serviceConfig.LoadCredential = credentials;
      redis-nextcloud = lib.mkIf cfg.configureRedis {
        description = "Redis Server - redis-nextcloud";
        wantedBy = [ "multi-user.target" ];
        after = [ "network.target" ];
        serviceConfig = {
          Type = "notify";
          User = "nextcloud";
          RuntimeDirectory = "redis-nextcloud";
          StateDirectory = "redis-nextcloud";
          ExecStart = "${pkgs.redis}/bin/redis-server --unixsocket /run/redis-nextcloud/redis.sock --port 0";
        };
      };
    };
  };
}
