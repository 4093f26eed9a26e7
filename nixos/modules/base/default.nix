# What every host of the homelab is: reachable by key, closed to everything else, monitored, and
# ready for what other services need from it.
{
  config,
  lib,
  modulesPath,
  ...
}:
let
  inherit (config.nixmox) network service;
in
{
  imports = [
    "${modulesPath}/virtualisation/proxmox-lxc.nix"
    ./certificates.nix
    ./firewall.nix
    ./fragments.nix
    ./options.nix
    ./routing.nix
    ./secrets.nix
    ./ssh.nix
  ];

  # Proxmox sets the addresses; the name is the manifest's.
  proxmoxLXC = {
    manageNetwork = false;
    manageHostName = true;
  };
  networking = {
    inherit (service) hostName;
    inherit (network) nameservers;
    search = [ network.domain ];
  };
  services.resolved.fallbackDns = [ ];

  # Opened to the monitoring service by a fragment.
  services.prometheus.exporters.node = {
    enable = true;
    port = config.nixmox.exporterPort;
  };

  nix.settings = {
    experimental-features = [
      "nix-command"
      "flakes"
    ];
    auto-optimise-store = true;
    # A container may have no namespaces to give away.
    sandbox-fallback = lib.mkForce true;
  };
  systemd.tmpfiles.rules = [ "d ${config.nixmox.stateDirectory} 0755 root root -" ];

  assertions = [
    {
      assertion = lib.hasSuffix ".${network.domain}" service.hostname;
      message = "Unable to configure ${service.name}: its hostname ${service.hostname} is not below ${network.domain}. Correct `hostname` in the manifest.";
    }
  ];

  system.stateVersion = "25.05";
}
