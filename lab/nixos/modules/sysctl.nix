# Kernel parameters. A container may set those of its own network; the others are the machine's.
{ config, lib, ... }:
let
  inherit (lib) types;
  show = value: if value == false then "0" else toString value;
  set = lib.filterAttrs (_: value: value != null) config.boot.kernel.sysctl;
  file = "sysctl.d/60-nixos.conf";
in
{
  options.boot.kernel.sysctl = lib.mkOption {
    type = types.attrsOf (
      types.nullOr (
        types.oneOf [
          types.bool
          types.int
          types.str
        ]
      )
    );
    default = { };
    description = "Kernel parameters, by name.";
  };

  config = lib.mkIf (set != { }) {
    environment.etc.${file}.text = lib.concatStrings (
      lib.mapAttrsToList (name: value: "${name}=${show value}\n") set
    );
    # systemd-sysctl.service applies them at boot.
    system.activationScripts.sysctl.text = "/lib/systemd/systemd-sysctl /etc/${file} || true";
  };
}
