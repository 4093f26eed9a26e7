# The folders of nixos/modules, each as one module that another flake can import: with the base
# module, whose options it reads.
{ lib }:
let
  folder = ../modules;
  isModule = name: type: type == "directory" && builtins.pathExists (folder + "/${name}/default.nix");
  names = lib.attrNames (lib.filterAttrs isModule (builtins.readDir folder));
in
lib.genAttrs names (name: {
  imports = [ (folder + "/base") ] ++ lib.optional (name != "base") (folder + "/${name}");
})
