# What every host of the homelab is: reachable by key, closed to all else, watched, and able to
# take in what other services need of it.
{
  lib,
  modulesPath,
  service,
  manifest,
  nixmoxLib,
  ...
}:
{
  imports = [
    "${modulesPath}/virtualisation/proxmox-lxc.nix"
    ./certificates.nix
    ./firewall.nix
    ./fragments.nix
    ./secrets.nix
    ./ssh.nix
  ];

  # Proxmox sets the addresses; the name is the manifest's.
  proxmoxLXC = {
    manageNetwork = false;
    manageHostName = true;
  };
  networking = {
    hostName = nixmoxLib.shortName service.hostname;
    search = [ manifest.network.domain ];
    # The resolver itself asks whoever resolves foreign names; all others ask the resolver alone.
    nameservers =
      if lib.elem "dns" service.provides then
        if manifest.network.dns_forwarders != [ ] then
          manifest.network.dns_forwarders
        else
          [ manifest.network.gateway ]
      else
        [ manifest.network.dns_server ];
  };
  services.resolved.fallbackDns = [ ];

  # Opened to the monitoring service by a fragment of its own.
  services.prometheus.exporters.node = {
    enable = true;
    port = 9100;
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
  systemd.tmpfiles.rules = [ "d ${nixmoxLib.stateDirectory} 0755 root root -" ];

  assertions = [
    {
      assertion = lib.hasSuffix ".${manifest.network.domain}" service.hostname;
      message = "Service ${service.name} is called ${service.hostname}, which is not below ${manifest.network.domain}. Correct its hostname in the manifest.";
    }
  ];

  system.stateVersion = "25.05";
}
