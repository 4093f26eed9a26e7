# System users and groups. They are created if missing, and never removed.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.users;
  made = lib.filterAttrs (_: user: user.isSystemUser) cfg.users;
in
{
  options.users = {
    users = mkOption {
      type = types.attrsOf (
        types.submodule {
          options = {
            isSystemUser = mkOption {
              type = types.bool;
              default = false;
              description = "Whether it is a user that a service runs as.";
            };
            group = mkOption {
              type = types.str;
              default = "";
              description = "The user's group.";
            };
            home = mkOption {
              type = types.passwdEntry types.path;
              default = "/var/empty";
              description = "The user's home directory.";
            };
            description = mkOption {
              type = types.passwdEntry types.str;
              default = "";
              description = "What the user is for.";
            };
            openssh.authorizedKeys.keys = mkOption {
              type = types.listOf types.singleLineStr;
              default = [ ];
              description = "Public keys that log in as the user.";
            };
          };
        }
      );
      default = { };
      description = "Users by name.";
    };
    groups = mkOption {
      type = types.attrsOf (types.submodule { });
      default = { };
      description = "Groups by name.";
    };
  };

  config.assertions = lib.mapAttrsToList (name: user: {
    assertion = user.group != "";
    message = "users.users.${name}.group is unset. Create a group for the user: users.groups.${name} = { }; users.users.${name}.group = \"${name}\";";
  }) made;

  config.system.activationScripts.users.text =
    lib.concatMapStrings (group: ''
      getent group ${group} >/dev/null || groupadd --system ${group}
    '') (lib.attrNames cfg.groups)
    + lib.concatStrings (
      lib.mapAttrsToList (name: user: ''
        getent passwd ${name} >/dev/null ||
          useradd --system --gid ${user.group} --home-dir ${user.home} --no-create-home \
            --shell /usr/sbin/nologin --comment ${lib.escapeShellArg user.description} ${name}
      '') made
    );
}
