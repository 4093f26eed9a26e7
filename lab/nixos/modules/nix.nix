# Nix's own settings.
{ config, lib, ... }:
let
  inherit (lib) types;
  scalar = types.oneOf [
    types.bool
    types.int
    types.str
  ];
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
  options.nix.settings = lib.mkOption {
    type = types.attrsOf (types.either scalar (types.listOf scalar));
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
    environment.etc."nix/nix.conf".text = lib.concatLines (
      lib.mapAttrsToList (name: value: "${name} = ${render value}") config.nix.settings
    );
  };
}
