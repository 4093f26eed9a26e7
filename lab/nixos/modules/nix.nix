# Nix's own settings.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) types;
  cfg = config.nix.gc;
  atom =
    types.nullOr (
      types.oneOf [
        types.bool
        types.int
        types.float
        types.str
        types.path
        types.package
      ]
    )
    // {
      description = "Nix config atom (null, bool, int, float, str, path or package)";
    };
  render =
    value:
    if lib.isList value then
      lib.concatMapStringsSep " " render value
    else if lib.isBool value then
      lib.boolToString value
    else
      toString value;
in
{
  options.nix.package = lib.mkPackageOption pkgs "nix" { };
  options.nix.gc = {
    automatic = lib.mkOption {
      type = types.bool;
      default = false;
      description = "Whether the store is cleaned at times.";
    };
    dates = lib.mkOption {
      type = types.either types.singleLineStr (types.listOf types.str);
      default = "03:15";
      description = "When, as a calendar event of systemd.time(7).";
    };
    randomizedDelaySec = lib.mkOption {
      type = types.singleLineStr;
      default = "0";
      description = "By how much that is put off at most, at random.";
    };
    persistent = lib.mkOption {
      type = types.bool;
      default = true;
      description = "Whether what was missed is made up for.";
    };
    options = lib.mkOption {
      type = types.singleLineStr;
      default = "";
      description = "Options of nix-collect-garbage.";
    };
  };
  options.nix.settings = lib.mkOption {
    type = types.attrsOf (types.either atom (types.listOf atom));
    default = { };
    description = "Lines of nix.conf.";
  };

  config = {
    # A container has neither build users, nor the rights that a sandbox needs, nor internet access.
    nix.settings = {
      build-users-group = lib.mkDefault "";
      sandbox = lib.mkDefault false;
      substituters = lib.mkDefault "";
    };
    systemd.services.nix-gc = lib.mkIf cfg.automatic {
      description = "Nix Garbage Collector";
      script = "exec ${lib.getExe' config.nix.package "nix-collect-garbage"} ${cfg.options}";
      serviceConfig.Type = "oneshot";
    };
    systemd.timers.nix-gc = lib.mkIf cfg.automatic {
      wantedBy = [ "timers.target" ];
      timerConfig = {
        OnCalendar = cfg.dates;
        RandomizedDelaySec = cfg.randomizedDelaySec;
        Persistent = cfg.persistent;
      };
    };
    environment.etc."nix/nix.conf".text = lib.concatLines (
      lib.mapAttrsToList (name: value: "${name} = ${render value}") config.nix.settings
    );
  };
}
