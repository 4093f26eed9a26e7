# One NixOS configuration per host of nixos/manifest.json, under the host's name: the base module,
# the folders of nixos/modules that the service's `modules` name, the host's own file in
# nixos/hosts if there is one, and what the manifest says about the host, as options.
{ nixpkgs }:
let
  inherit (nixpkgs) lib;
  manifest = ../manifest.json;
  inherit (builtins.fromJSON (builtins.readFile manifest)) hosts;

  # What the host's first deployment found (components/scripts/build-system.sh). A checkout has none.
  kept = ../state-version;
  frozen = lib.optional (builtins.pathExists kept) {
    _file = toString kept;
    nixmox.stateVersion = lib.mkDefault (lib.removeSuffix "\n" (builtins.readFile kept));
  };

  configure =
    name: values:
    lib.nixosSystem {
      system = "x86_64-linux";
      modules = [
        ../modules/base
        {
          _file = toString manifest;
          nixmox = values;
        }
      ]
      ++ frozen
      ++ ownModules name values.service.modules;
    };

  ownModules =
    name: names:
    let
      # The options check that this is a list.
      modules = lib.toList names;
      hostFile = ../hosts + "/${name}.nix";
      hasHostFile = builtins.pathExists hostFile;
      folder = module: ../modules + "/${module}";
      exists = module: builtins.pathExists (folder module + "/default.nix");
      # A service's own module is found by its name; one that the manifest names must exist.
      missing = lib.filter (module: module != name && !exists module) modules;
      found = map folder (lib.filter exists modules) ++ lib.optional hasHostFile hostFile;
    in
    if missing != [ ] then
      throw "Unable to configure ${name}: its `modules` name ${lib.concatStringsSep ", " missing}, and there is no nixos/modules/${lib.head missing}. Write it, or correct `modules` in the manifest."
    else if found == [ ] then
      throw "Unable to configure ${name}: there is neither nixos/modules/${name} nor nixos/hosts/${name}.nix. Write one of them (nixos/README.md shows how), or set enable = false in the manifest."
    else
      found;
in
lib.mapAttrs configure hosts
