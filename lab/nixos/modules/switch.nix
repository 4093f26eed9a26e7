# What NixOS checks before it switches to a system, among them what only a reboot can exchange.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.system;
  inhibitors = pkgs.writeText "switch-inhibitors" (builtins.toJSON cfg.switch.inhibitors);

  # As NixOS words it: each in a shell of its own.
  check = name: text: ''
    if ! (
      ${text}
    ) >&2; then
      echo "Pre-switch check '${name}' failed" >&2
      exit 1
    fi
  '';

  differences = pkgs.writeText "changed-inhibitors.nix" ''
    { old, new }:
    let
      from = builtins.fromJSON old;
      to = builtins.fromJSON new;
      changed = builtins.filter (name: to ? ''${name} && from.''${name} != to.''${name}) (builtins.attrNames from);
    in
    map (name: "''${name} : ''${from.''${name}} -> ''${to.''${name}}") changed
  '';
in
{
  options.system = {
    switch.inhibitors = mkOption {
      type = types.attrsOf types.str;
      default = { };
      description = "What a running system cannot exchange, by name; if one changes, only a reboot leads to the system.";
    };
    preSwitchChecks = mkOption {
      type = types.attrsOf types.str;
      default = { };
      description = "Shell text that fails if the system, its argument, must not be switched to. The second argument is the action.";
    };
  };

  config.system = {
    preSwitchChecks.switchInhibitors = ''
      case "$2" in boot | dry-activate) exit ;; esac
      old=/run/current-system/switch-inhibitors
      [ -f "$old" ] || old=${pkgs.writeText "no-inhibitors" "{}"}
      changed=$(nix-instantiate --eval --strict --json ${differences} \
        --argstr old "$(cat "$old")" --argstr new "$(cat ${inhibitors})" |
        sed -e 's/^\["//' -e 's/"\]$//' -e 's/","/\n/g')
      if [ "$changed" != '[]' ]; then
        printf '%s\n' 'There are changes to critical components of the system:' "" "$changed" "" \
          'Switching into this system is not recommended.'
        exit 1
      fi
    '';
    build = {
      inhibitSwitch = inhibitors;
      preSwitchChecksScript = pkgs.writeShellScript "pre-switch-checks" (
        lib.concatLines (lib.mapAttrsToList check cfg.preSwitchChecks)
      );
    };
  };
}
