# PHP's process manager, of which the lab has no package: its pools, for evaluation alone.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.services.phpfpm;
  option =
    type: default: description:
    mkOption { inherit type default description; };
  word =
    value:
    if value == true then
      "yes"
    else if value == false then
      "no"
    else
      toString value;
  pool = types.submodule {
    options = {
      user = mkOption {
        type = types.str;
        description = "User who its processes run as.";
      };
      group = mkOption {
        type = types.str;
        description = "Group that its processes run as.";
      };
      phpPackage = option types.package pkgs.php "The PHP package to use.";
      phpEnv = option (types.attrsOf types.str) { } "Environment variables of its processes.";
      settings = option (types.attrsOf (
        types.oneOf [
          types.str
          types.int
          types.bool
        ]
      )) { } "Settings of the pool.";
    };
  };
  configuration =
    name: each:
    pkgs.writeText "phpfpm-${name}.conf" ''
      [${name}]
      ${lib.concatStrings (lib.mapAttrsToList (key: value: "${key} = ${word value}\n") each.settings)}
      ${lib.concatStrings (lib.mapAttrsToList (key: value: "env[${key}] = \"${value}\"\n") each.phpEnv)}
    '';
in
{
  options.services.phpfpm.pools = option (types.attrsOf pool) { } "Pools of processes, by name.";

  config.systemd.services = lib.mapAttrs' (
    name: each:
    lib.nameValuePair "phpfpm-${name}" {
      description = "PHP FastCGI Process Manager service for pool ${name}";
      after = [ "network.target" ];
      wantedBy = [ "multi-user.target" ];
      serviceConfig = {
        Type = "notify";
        ExecStart = "${each.phpPackage}/bin/php-fpm -y ${configuration name each}";
        RuntimeDirectory = "phpfpm";
        RuntimeDirectoryPreserve = true;
        Restart = "always";
        PrivateDevices = true;
        PrivateTmp = true;
        ProtectHome = true;
        ProtectSystem = "full";
        RestrictAddressFamilies = "AF_UNIX AF_INET AF_INET6 AF_NETLINK";
      };
    }
  ) cfg.pools;
}
