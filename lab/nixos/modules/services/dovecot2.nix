# Dovecot, in the version that Debian has.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  hardening = import ../../eval/hardening.nix;
  inherit (lib) mkOption types;
  cfg = config.services.dovecot2;
  inherit (cfg) settings;
  isOld = lib.versionOlder cfg.package.version "2.4";
  option =
    type: default: description:
    mkOption { inherit type default description; };

  section = types.submodule {
    freeformType = types.attrsOf value;
    options._section = {
      type =
        option (types.nullOr types.nonEmptyStr) null
          "Kind of section; by default the first word of its name.";
      name = option (types.nullOr types.nonEmptyStr) null "Name of the section; by default the rest.";
    };
  };
  single = types.oneOf [
    types.int
    types.str
    types.bool
    types.path
    section
  ];
  value =
    types.nullOr (types.either single (types.addCheck (types.listOf single) (list: list != [ ])))
    // {
      description = "Dovecot config value";
    };
  booleanList = types.either (types.attrsOf types.bool) (types.listOf types.str);

  isSection = each: lib.isAttrs each && !lib.isDerivation each;
  word = each: if lib.isBool each then (if each then "yes" else "no") else toString each;
  render =
    indent: name: given:
    let
      all = lib.toList given;
      words = lib.filter (each: !isSection each) all;
    in
    lib.optionals (words != [ ] || all == [ ]) [
      "${indent}${name} = ${lib.concatMapStringsSep " " word words}"
    ]
    ++ lib.concatMap (renderSection indent name) (lib.filter isSection all);
  renderSection =
    indent: key: given:
    let
      own = given._section or { };
      name = if own.name or null == null then "" else " ${own.name}";
      head = if own.type or null == null then key + name else own.type + name;
    in
    [ "${indent}${head} {" ]
    ++ renderAll "${indent}  " (removeAttrs given [ "_section" ])
    ++ [ "${indent}}" ];
  # Plain settings before sections.
  renderAll =
    indent: given:
    let
      set = lib.filterAttrs (_: each: each != null) given;
      isPlain = _: each: !isSection each;
      all = keep: lib.concatLists (lib.mapAttrsToList (render indent) (lib.filterAttrs keep set));
    in
    all isPlain ++ all (name: each: !isPlain name each);
  versions = [
    "dovecot_config_version"
    "dovecot_storage_version"
  ];
  text = lib.concatLines (
    lib.concatMap (name: renderAll "" { ${name} = settings.${name}; }) versions
    ++ map (file: "!include ${file}") cfg.includeFiles
    ++ renderAll "" (removeAttrs settings versions)
  );
in
{
  options.services.dovecot2 = {
    enable = lib.mkEnableOption "Dovecot";
    package = lib.mkPackageOption pkgs "dovecot" { };
    configFile = mkOption {
      type = types.nullOr types.path;
      default = null;
      apply = file: if file == null then pkgs.writeText "dovecot.conf" text else file;
      description = "Its configuration as a whole.";
    };
    includeFiles = option (types.listOf types.path) [ ] "Files that the configuration includes.";
    createMailUser = option types.bool true "Whether the user and group of all mail are created.";
    enablePAM = option types.bool false "Whether users of the system may log in; not in the lab.";
    settings = mkOption {
      default = { };
      description = "Dovecot's settings; a section is named by its kind and its name.";
      type = types.submodule {
        freeformType = types.attrsOf value;
        options = {
          auth_mechanisms = option booleanList [
            "plain"
            "login"
          ] "Ways to log in.";
          base_dir = option types.path "/run/dovecot2" "Folder of its sockets.";
          default_internal_group = option types.str "dovecot2" "Group of its own parts.";
          default_internal_user = option types.str "dovecot2" "User of its own parts.";
          dovecot_config_version = option (types.nullOr types.str) null "Version that the settings are for.";
          dovecot_storage_version =
            option (types.nullOr types.str) null
              "Oldest version that can read the files.";
          maildir_copy_with_hardlinks = option types.bool true "Whether copies share their data.";
        };
      };
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = isOld || settings.dovecot_config_version != null;
        message = "services.dovecot2: Since Dovecot 2.4, the option 'services.dovecot2.settings.dovecot_config_version' must be explicitly set.";
      }
      {
        assertion = isOld || settings.dovecot_storage_version != null;
        message = "services.dovecot2: Since Dovecot 2.4, the option 'services.dovecot2.settings.dovecot_storage_version' must be explicitly set.";
      }
      {
        assertion = !cfg.enablePAM;
        message = "The lab's Dovecot knows no users of the system. Set services.dovecot2.enablePAM = false.";
      }
    ];
    environment.etc."dovecot/dovecot.conf".source = cfg.configFile;
    environment.systemPackages = [ cfg.package ];

    users.users = {
      dovenull = {
        isSystemUser = true;
        group = "dovenull";
        description = "Dovecot user for untrusted logins";
      };
      dovecot2 = lib.mkIf (settings.default_internal_user == "dovecot2") {
        isSystemUser = true;
        group = settings.default_internal_group;
        description = "Dovecot user";
      };
    }
    // lib.optionalAttrs (settings.mail_uid or null != null && cfg.createMailUser) {
      ${settings.mail_uid} = {
        isSystemUser = true;
        group = settings.mail_gid or "nogroup";
        description = "Virtual Mail User";
      };
    };
    users.groups = {
      dovenull = { };
    }
    // lib.optionalAttrs (settings.default_internal_group == "dovecot2") { dovecot2 = { }; }
    // lib.optionalAttrs (settings.mail_gid or null != null && cfg.createMailUser) {
      ${settings.mail_gid} = { };
    };

    systemd.services.dovecot = {
      description = "Dovecot IMAP/POP3 server";
      after = [ "network.target" ];
      wantedBy = [ "multi-user.target" ];
      restartTriggers = [ cfg.configFile ];
      startLimitIntervalSec = 60;
      serviceConfig = hardening // {
        Type = "notify";
        ExecStart = "${lib.getExe cfg.package} -F";
        ExecReload = "${lib.getExe' cfg.package "doveadm"} reload";
        Restart = "on-failure";
        RestartSec = "1s";
        RuntimeDirectory = [ "dovecot2" ];

        CapabilityBoundingSet = [
          "CAP_CHOWN"
          "CAP_DAC_OVERRIDE"
          "CAP_FOWNER"
          "CAP_KILL"
          "CAP_NET_BIND_SERVICE"
          "CAP_SETGID"
          "CAP_SETUID"
          "CAP_SYS_CHROOT"
          "CAP_SYS_RESOURCE"
        ];
        MemoryDenyWriteExecute = true;
        NoNewPrivileges = false;
        OOMPolicy = "continue";
        PrivateDevices = true;
        PrivateTmp = true;
        ProcSubset = "pid";
        ProtectHome = lib.mkDefault false;
        ProtectProc = "invisible";
        ProtectSystem = "full";
        RestrictAddressFamilies = [
          "AF_INET"
          "AF_INET6"
          "AF_NETLINK"
          "AF_UNIX"
        ];
        RestrictSUIDSGID = false;
        SystemCallArchitectures = "native";
        SystemCallFilter = [
          "@system-service @resources"
          "~@privileged"
          "@chown @setuid capset chroot"
        ];
      };
    };
  };
}
