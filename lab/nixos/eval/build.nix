# The system of one host of a flake, as `nixos-rebuild --flake DIRECTORY#NAME` has it.
{ directory, name }:
let
  flake = import (/. + "${directory}/flake.nix");
  nixpkgs = import ./default.nix { };
  self = flake.outputs { inherit self nixpkgs; };
  hosts = self.nixosConfigurations;
in
if hosts ? ${name} then
  hosts.${name}.config.system.build.toplevel
else
  throw "flake '${directory}' does not provide attribute 'nixosConfigurations.${name}'; it has ${builtins.concatStringsSep ", " (builtins.attrNames hosts)}"
