# What `nix flake check` builds: the system of every host, and what holds for every Nix file.
{ pkgs, nixosConfigurations }:
let
  inherit (pkgs) lib;

  systems = lib.mapAttrs' (name: host: {
    name = "host-${name}";
    value = host.config.system.build.toplevel;
  }) nixosConfigurations;

  # Every Nix file of the checkout, and nothing else.
  files = builtins.path {
    name = "nix-files";
    path = ../..;
    filter =
      path: type:
      if type == "directory" then
        baseNameOf path != "node_modules" && !lib.hasPrefix "." (baseNameOf path)
      else
        lib.hasSuffix ".nix" path;
  };
in
systems
// {
  formatting = pkgs.runCommand "formatting" { nativeBuildInputs = [ pkgs.nixfmt ]; } ''
    find ${files} -name '*.nix' ! -path '*/manifests/seed.nix' -exec nixfmt --check {} +
    touch $out
  '';
  parse = pkgs.runCommand "parse" { nativeBuildInputs = [ pkgs.nix ]; } ''
    export NIX_STATE_DIR=$TMPDIR/nix
    find ${files} -name '*.nix' -exec nix-instantiate --parse --store dummy:// {} + >/dev/null
    touch $out
  '';
}
