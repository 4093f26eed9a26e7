# OpenLDAP's server, configured as entries below cn=config, which are written at each start.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.services.openldap;
  inherit (cfg) package;
  option =
    type: default: description:
    mkOption { inherit type default description; };
  configDir = if cfg.configDir == null then "/etc/openldap/slapd.d" else cfg.configDir;

  # Text, or a set with `path` or `base64`.
  value = types.either types.str (types.attrsOf types.str);
  entryOptions = {
    attrs = option (types.attrsOf (
      types.either value (types.listOf value)
    )) { } "Attributes of the entry.";
    # Entries all the way down: documentation stops here.
    children =
      option (types.attrsOf (types.submodule { options = entryOptions; })) { } "Entries below it."
      // {
        visible = "shallow";
      };
    includes = option (types.listOf types.path) [ ] "LDIF files between the entry and those below it.";
  };

  attribute =
    name: values:
    map (
      each:
      if each ? path then
        "${name}:< file://${each.path}"
      else if each ? base64 then
        "${name}:: ${each.base64}"
      else
        "${name}: ${lib.replaceStrings [ "\n" ] [ "\n " ] each}"
    ) (lib.toList values);
  entry =
    dn:
    {
      attrs,
      children,
      includes,
    }:
    [
      "dn: ${dn}\n${lib.concatLines (lib.concatLists (lib.mapAttrsToList attribute attrs))}"
    ]
    ++ map (file: "include: file://${file}\n") includes
    ++ lib.concatLists (lib.mapAttrsToList (name: entry "${name},${dn}") children);
  settingsFile = pkgs.writeText "config.ldif" (
    lib.concatStringsSep "\n" (entry "cn=config" cfg.settings)
  );

  databases = lib.filterAttrs (
    name: each: lib.hasPrefix "olcDatabase=" name && each.attrs ? olcSuffix
  ) (cfg.settings.children);
  directories = lib.mapAttrs' (
    _: each: lib.nameValuePair each.attrs.olcSuffix (each.attrs.olcDbDirectory or null)
  ) databases;
  ownDirectories = lib.filter (each: each != null) (lib.attrValues directories);

  writeConfig = pkgs.writeShellScript "openldap-config" ''
    set -euo pipefail
    ${lib.optionalString (!cfg.mutableConfig) ''
      chmod -R u+w ${configDir}
      rm -rf ${configDir}/*
    ''}
    if [ ! -e "${configDir}/cn=config.ldif" ]; then
      ${package}/bin/slapadd -F ${configDir} -bcn=config -l ${settingsFile}
    fi
    chmod -R ${if cfg.mutableConfig then "u+rw" else "u+r-w"} ${configDir}
  '';
  writeContents = pkgs.writeShellScript "openldap-load" ''
    set -euo pipefail
    rm -rf $2/*
    ${package}/bin/slapadd -F ${configDir} -b $1 -l $3
  '';
  awaitAnswer = pkgs.writeShellScript "openldap-await" ''
    for _ in {1..300}; do
      ${package}/bin/ldapwhoami -x -H ${lib.escapeShellArg (lib.head cfg.urlList)} >/dev/null 2>&1 && exit
      sleep 0.1
    done
    exit 1
  '';
in
{
  options.services.openldap = {
    enable = option types.bool false "Whether to enable the ldap server.";
    package = lib.mkPackageOption pkgs "openldap" { };
    user = option types.str "openldap" "User who it runs as.";
    group = option types.str "openldap" "Group that it runs as.";
    urlList = option (types.listOf types.str) [ "ldap:///" ] "Where it listens.";
    settings = mkOption {
      type = types.submodule { options = entryOptions; };
      description = "The entry cn=config and those below it.";
    };
    configDir =
      option (types.nullOr types.path) null
        "Folder of a configuration that the settings do not make.";
    mutableConfig = option types.bool false "Whether the settings count at the first start only.";
    declarativeContents =
      option (types.attrsOf types.lines) { }
        "What a database has at each start, as LDIF by its suffix.";
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = cfg.declarativeContents != { } -> cfg.configDir == null;
        message = "Declarative DB contents (${lib.concatStringsSep " " (lib.attrNames cfg.declarativeContents)}) are not supported with user-managed configuration.";
      }
    ]
    ++ map (dn: {
      assertion = directories.${dn} or null != null;
      message = "Declarative DB ${dn} does not exist in `services.openldap.settings`, or does not have `olcDbDirectory` configured.";
    }) (lib.attrNames cfg.declarativeContents)
    ++ map (directory: {
      assertion = lib.hasPrefix "/var/lib/openldap/" directory && directory != "/var/lib/openldap/";
      message = "A database has `olcDbDirectory` (${directory}) that is not a subdirectory of `/var/lib/openldap/`.";
    }) ownDirectories;

    environment.systemPackages = [ package ];
    services.openldap.settings = {
      attrs = {
        objectClass = "olcGlobal";
        cn = "config";
      };
      children."cn=schema".attrs = {
        cn = "schema";
        objectClass = "olcSchemaConfig";
      };
      # Built in on NixOS, and a module of its own on Debian.
      children."cn=module{0}".attrs = lib.mapAttrs (_: lib.mkDefault) {
        cn = "module{0}";
        objectClass = "olcModuleList";
        olcModulePath = "${package}/lib/modules";
        olcModuleLoad = [ "back_mdb" ];
      };
    };

    users.users.openldap = lib.mkIf (cfg.user == "openldap") {
      isSystemUser = true;
      inherit (cfg) group;
    };
    users.groups.openldap = lib.mkIf (cfg.group == "openldap") { };

    systemd.services.openldap = {
      description = "OpenLDAP Server Daemon";
      wantedBy = [ "multi-user.target" ];
      wants = [ "network-online.target" ];
      after = [ "network-online.target" ];
      serviceConfig = {
        # Debian's does not tell systemd when it is up, as NixOS's does.
        Type = "exec";
        ExecStartPost = [ awaitAnswer ];
        User = cfg.user;
        Group = cfg.group;
        ExecStartPre = [
          "!${pkgs.coreutils}/bin/mkdir -p ${configDir}"
          "+${pkgs.coreutils}/bin/chown $USER ${configDir}"
        ]
        ++ lib.optional (cfg.configDir == null) "${writeConfig}"
        ++ lib.mapAttrsToList (
          dn: content:
          lib.escapeShellArgs [
            writeContents
            dn
            directories.${dn}
            (pkgs.writeText "contents.ldif" content)
          ]
        ) cfg.declarativeContents
        ++ [ "${package}/bin/slaptest -u -F ${configDir}" ];
        ExecStart = lib.escapeShellArgs [
          "${package}/libexec/slapd"
          "-d"
          "0"
          "-F"
          configDir
          "-h"
          (lib.concatStringsSep " " cfg.urlList)
        ];
        AmbientCapabilities = [ "CAP_NET_BIND_SERVICE" ];
        CapabilityBoundingSet = [ "CAP_NET_BIND_SERVICE" ];
        RuntimeDirectory = "openldap";
        StateDirectory = [ "openldap" ] ++ map (lib.removePrefix "/var/lib/") ownDirectories;
        StateDirectoryMode = "700";
      };
    };
  };
}
