# One NixOS configuration per enabled service of the manifest, under the service's name.
{ nixpkgs }:
let
  inherit (nixpkgs) lib;
  nixmoxLib = import ./default.nix { inherit lib; };
  manifest = import ./manifest.nix;

  configure =
    service:
    lib.nixosSystem {
      system = "x86_64-linux";
      modules = [ (fileOf service.name) ];
      specialArgs = { inherit manifest service nixmoxLib; };
    };

  fileOf =
    name:
    let
      file = ../hosts + "/${name}.nix";
    in
    if builtins.pathExists file then
      file
    else
      throw "Unable to configure ${name}: there is no nixos/hosts/${name}.nix. Write it (miniflux.nix is an example) or set enable = false.";
in
lib.mapAttrs (_: configure) (nixmoxLib.enabledServices manifest)
