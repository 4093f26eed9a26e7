# What work on this project needs, for `nix develop`.
{ pkgs }:
pkgs.mkShellNoCC {
  packages = [
    pkgs.git
    pkgs.go
    pkgs.nixfmt
    pkgs.nodejs
    pkgs.openssh
    pkgs.openssl
    pkgs.pulumi-bin
    pkgs.shellcheck
  ];
}
