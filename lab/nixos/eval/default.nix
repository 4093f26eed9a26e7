# What the flake's outputs function gets in the lab instead of nixpkgs: the same module system,
# with the options that the lab can activate on Debian's daemons.
{
  system ? "x86_64-linux",
}:
let
  lib = import ./lib;
  pkgs = import ./pkgs.nix { inherit lib system; };
  modulesPath = toString ../modules;
in
{
  legacyPackages.${system} = pkgs;
  lib = lib // {
    nixosSystem =
      {
        modules,
        specialArgs ? { },
        ...
      }:
      lib.evalModules {
        modules = import ../modules ++ modules;
        specialArgs = {
          inherit pkgs modulesPath;
        }
        // specialArgs;
      };
  };
}
