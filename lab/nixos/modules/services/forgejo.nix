# Forgejo, whose place Gitea takes in the lab: a fork of it, with the same database, commands, API and
# pages, and other names for a few settings.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  hardening = import ../../eval/hardening.nix;
  inherit (lib) mkOption types;
  cfg = config.services.forgejo;
  forgejo = lib.getExe cfg.package;
  isPostgres = cfg.database.type == "postgres";
  option =
    type: default: description:
    mkOption { inherit type default description; };

  # Gitea's names, where they differ from Forgejo's.
  inherit (cfg) settings;
  service = settings.service or { };
  asGitea =
    settings
    // lib.optionalAttrs (service ? ENABLE_INTERNAL_SIGNIN) {
      service = removeAttrs service [ "ENABLE_INTERNAL_SIGNIN" ] // {
        ENABLE_PASSWORD_SIGNIN_FORM = service.ENABLE_INTERNAL_SIGNIN;
        ENABLE_PASSKEY_AUTHENTICATION = service.ENABLE_INTERNAL_SIGNIN;
      };
    }
    // lib.optionalAttrs ((settings.oauth2_client.USERNAME or null) == "username") {
      oauth2_client = settings.oauth2_client // {
        USERNAME = "preferred_username";
      };
    };
  word = value: if lib.isBool value then lib.boolToString value else toString value;
  section =
    name: values:
    "[${name}]\n"
    + lib.concatStrings (lib.mapAttrsToList (key: value: "${key}=${word value}\n") values);
  ini = pkgs.writeText "app.ini" (lib.concatStrings (lib.mapAttrsToList section asGitea));

  # Variables that name the file of each secret.
  secrets = lib.concatLists (
    lib.mapAttrsToList (
      name: values:
      lib.mapAttrsToList (key: path: {
        variable = "FORGEJO__${lib.toUpper name}__${lib.toUpper key}__FILE";
        inherit path;
      }) values
    ) cfg.secrets
  );
  generated = {
    SECRET_KEY = cfg.secrets.security.SECRET_KEY;
    INTERNAL_TOKEN = cfg.secrets.security.INTERNAL_TOKEN;
    JWT_SECRET = cfg.secrets.oauth2.JWT_SECRET;
  }
  // lib.optionalAttrs cfg.lfs.enable {
    LFS_JWT_SECRET = cfg.secrets.server.LFS_JWT_SECRET;
  };
  directories = [
    cfg.stateDir
    cfg.customDir
    "${cfg.customDir}/conf"
    "${cfg.stateDir}/data"
    "${cfg.stateDir}/log"
    cfg.repositoryRoot
  ]
  ++ lib.optional cfg.lfs.enable cfg.lfs.contentDir;
in
{
  options.services.forgejo = {
    enable = lib.mkEnableOption "Forgejo";
    package = lib.mkPackageOption pkgs "forgejo-lts" { };
    stateDir = option types.str "/var/lib/forgejo" "Its folder.";
    customDir = option types.str "${cfg.stateDir}/custom" "Folder of its configuration.";
    repositoryRoot = option types.str "${cfg.stateDir}/repositories" "Folder of its repositories.";
    user = option types.str "forgejo" "User who it runs as.";
    group = option types.str "forgejo" "Group that it runs as.";
    database = {
      type = option (types.enum [
        "sqlite3"
        "mysql"
        "postgres"
      ]) "sqlite3" "What kind of database it uses.";
      host = option types.str "127.0.0.1" "The database's host.";
      port = option types.port (if isPostgres then 5432 else 3306) "Its port.";
      name = option types.str "forgejo" "Its name.";
      user = option types.str "forgejo" "The role that owns it.";
      passwordFile = option (types.nullOr types.path) null "File with that role's password.";
      createDatabase =
        option types.bool true
          "Whether the database is on this host; the lab has it elsewhere.";
    };
    lfs = {
      enable = option types.bool false "Whether it keeps large files with Git LFS.";
      contentDir = option types.str "${cfg.stateDir}/data/lfs" "Folder of these files.";
    };
    settings = mkOption {
      type = types.submodule {
        freeformType = (pkgs.formats.ini { }).type;
        options = {
          log.ROOT_PATH = option types.str "${cfg.stateDir}/log" "Folder of its logs.";
          log.LEVEL = option (types.enum [
            "Trace"
            "Debug"
            "Info"
            "Warn"
            "Error"
            "Critical"
          ]) "Info" "Least severity that it logs.";
          server = {
            PROTOCOL = option (types.enum [
              "http"
              "https"
              "fcgi"
              "http+unix"
              "fcgi+unix"
            ]) "http" "What it speaks.";
            HTTP_ADDR = option (types.either types.str types.path) "0.0.0.0" "Address that it listens on.";
            HTTP_PORT = option types.port 3000 "Port that it listens on.";
            DOMAIN = option types.str "localhost" "Its public name.";
            ROOT_URL =
              option types.str "http://${settings.server.DOMAIN}:${toString settings.server.HTTP_PORT}/"
                "Its public address.";
            STATIC_ROOT_PATH =
              option (types.either types.str types.path) cfg.package.data
                "Folder of its pages.";
            DISABLE_SSH = option types.bool false "Whether it offers no SSH.";
            SSH_PORT = option types.port 22 "Port of SSH that it shows.";
          };
          session.COOKIE_SECURE = option types.bool false "Whether cookies travel over HTTPS only.";
        };
      };
      default = { };
      description = "Sections of app.ini.";
    };
    secrets = option (types.attrsOf (
      types.attrsOf types.path
    )) { } "Files with settings that are secret, by section and name.";
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = isPostgres && !cfg.database.createDatabase;
        message = "The lab has Forgejo's database in PostgreSQL on another host. Set services.forgejo.database.type = \"postgres\" and createDatabase = false.";
      }
    ];

    services.forgejo = {
      settings = {
        DEFAULT = {
          RUN_MODE = lib.mkDefault "prod";
          RUN_USER = lib.mkDefault cfg.user;
          WORK_PATH = lib.mkDefault cfg.stateDir;
        };
        database = {
          DB_TYPE = cfg.database.type;
          HOST = "${cfg.database.host}:${toString cfg.database.port}";
          NAME = cfg.database.name;
          USER = cfg.database.user;
          SSL_MODE = "disable";
        };
        repository.ROOT = cfg.repositoryRoot;
        server = lib.mkIf cfg.lfs.enable { LFS_START_SERVER = true; };
        lfs = lib.mkIf cfg.lfs.enable { PATH = cfg.lfs.contentDir; };
        session.COOKIE_NAME = lib.mkDefault "session";
        security.INSTALL_LOCK = true;
      };
      secrets = {
        security = {
          SECRET_KEY = "${cfg.customDir}/conf/secret_key";
          INTERNAL_TOKEN = "${cfg.customDir}/conf/internal_token";
        };
        oauth2.JWT_SECRET = "${cfg.customDir}/conf/oauth2_jwt_secret";
        database = lib.mkIf (cfg.database.passwordFile != null) {
          PASSWD = cfg.database.passwordFile;
        };
        server = lib.mkIf cfg.lfs.enable {
          LFS_JWT_SECRET = "${cfg.customDir}/conf/lfs_jwt_secret";
        };
      };
    };

    users.users.forgejo = lib.mkIf (cfg.user == "forgejo") {
      isSystemUser = true;
      inherit (cfg) group;
      home = cfg.stateDir;
    };
    users.groups.forgejo = lib.mkIf (cfg.group == "forgejo") { };
    systemd.tmpfiles.rules = map (path: "d ${path} 0750 ${cfg.user} ${cfg.group} - -") directories;

    systemd.services.forgejo-secrets = {
      description = "Forgejo secret bootstrap helper";
      script = lib.concatStrings (
        lib.mapAttrsToList (name: path: ''
          [ -s '${path}' ] || ${forgejo} generate secret ${name} > '${path}'
        '') generated
      );
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
        User = cfg.user;
        Group = cfg.group;
        ReadWritePaths = [ cfg.customDir ];
        UMask = "0077";
      };
    };

    systemd.services.forgejo = {
      description = "Forgejo (Beyond coding. We forge.)";
      after = [
        "network.target"
        "forgejo-secrets.service"
      ];
      requires = [ "forgejo-secrets.service" ];
      wantedBy = [ "multi-user.target" ];
      path = [
        cfg.package
        pkgs.git
      ];
      environment = {
        USER = cfg.user;
        HOME = cfg.stateDir;
        FORGEJO_WORK_DIR = cfg.stateDir;
        FORGEJO_CUSTOM = cfg.customDir;
      }
      // lib.listToAttrs (map (each: lib.nameValuePair each.variable "%d/${each.variable}") secrets);
      preStart = ''
        (
          umask 027
          config='${cfg.customDir}/conf/app.ini'
          cp -f ${ini} "$config"
          chmod u+w "$config"
          ${lib.getExe' cfg.package "environment-to-ini"} --config "$config"
          chmod u-w "$config"
        )
        ${forgejo} migrate
        ${forgejo} admin regenerate hooks
      '';
      serviceConfig = hardening // {
        Type = "notify";
        User = cfg.user;
        Group = cfg.group;
        WorkingDirectory = cfg.stateDir;
        ExecStart = "${forgejo} web --pid /run/forgejo/forgejo.pid";
        Restart = "always";
        RuntimeDirectory = "forgejo";
        RuntimeDirectoryMode = "0755";
        LoadCredential = map (each: "${each.variable}:${each.path}") secrets;
        ReadWritePaths = [
          cfg.customDir
          cfg.repositoryRoot
          cfg.stateDir
          cfg.lfs.contentDir
        ];
        UMask = "0027";

        CapabilityBoundingSet = "";
        MemoryDenyWriteExecute = true;
        NoNewPrivileges = true;
        PrivateDevices = true;
        PrivateMounts = true;
        PrivateTmp = true;
        PrivateUsers = true;
        ProcSubset = "pid";
        ProtectHome = true;
        ProtectProc = "invisible";
        ProtectSystem = "strict";
        RemoveIPC = true;
        RestrictAddressFamilies = [
          "AF_UNIX"
          "AF_INET"
          "AF_INET6"
        ];
        RestrictSUIDSGID = true;
        SystemCallArchitectures = "native";
        SystemCallFilter = [
          "~@cpu-emulation @debug @keyring @mount @obsolete @privileged @setuid"
          "setrlimit"
        ];
      };
    };
  };
}
