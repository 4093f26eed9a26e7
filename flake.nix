{
  description = "NixMox: the NixOS side of a homelab that one manifest describes";

  # nixos-25.05. The first use writes flake.lock.
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/ac62194c3917d5f474c1a844b6fd6da2db95077d";

  outputs =
    { self, nixpkgs }:
    {
      # One per host in nixos/manifest.json.
      nixosConfigurations = import ./nixos/lib/hosts.nix { inherit nixpkgs; };
    };
}
