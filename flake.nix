{
  description = "NixMox: the NixOS side of a homelab that one manifest describes";

  # flake.lock has the revision; docs/operations.md says how to move to the next release.
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";

  outputs =
    { self, nixpkgs }:
    let
      system = "x86_64-linux";
      pkgs = nixpkgs.legacyPackages.${system};
    in
    {
      # One per host in nixos/manifest.json.
      nixosConfigurations = import ./nixos/lib/hosts.nix { inherit nixpkgs; };
      # One per folder of nixos/modules, for other flakes.
      nixosModules = import ./nixos/lib/modules.nix { inherit (nixpkgs) lib; };

      # What follows is for a checkout; hosts do not get nixos/dev.
      checks.${system} = import ./nixos/dev/checks.nix {
        inherit pkgs;
        inherit (self) nixosConfigurations;
      };
      formatter.${system} = pkgs.nixfmt-tree;
      devShells.${system}.default = import ./nixos/dev/shell.nix { inherit pkgs; };
    };
}
