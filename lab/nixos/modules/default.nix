# Every option that the lab can activate, under NixOS's names; any other is refused by name.
[
  ./environment.nix
  ./firewall.nix
  ./networking.nix
  ./nix.nix
  ./pki.nix
  ./sysctl.nix
  ./system.nix
  ./systemd.nix
  ./users.nix
  ./services/caddy.nix
  ./services/miniflux.nix
  ./services/openssh.nix
  ./services/postgresql.nix
  ./services/prometheus.nix
  ./services/unbound.nix
]
