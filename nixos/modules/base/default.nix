# What every host of the homelab is: reachable by key, closed to everything else, monitored, and
# ready for what other services need from it.
{
  config,
  lib,
  modulesPath,
  ...
}:
let
  inherit (config.nixmox) databases network service;
in
{
  imports = [
    "${modulesPath}/virtualisation/proxmox-lxc.nix"
    ./boot.nix
    ./certificates.nix
    ./firewall.nix
    ./fragments.nix
    ./journal.nix
    ./login.nix
    ./monitoring.nix
    ./network.nix
    ./options.nix
    ./release.nix
    ./resolver.nix
    ./routing.nix
    ./sandbox.nix
    ./secrets.nix
    ./ssh.nix
    ./state.nix
    ./store.nix
    ./volumes.nix
  ];

  networking = {
    inherit (service) hostName;
    # This host and its database servers are known without asking anyone, who might lie or be down.
    hosts = lib.zipAttrsWith (_: lib.unique) (
      [ { ${service.ip} = service.hostname; } ]
      ++ map (database: { ${database.address} = database.host; }) (lib.attrValues databases)
    );
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
}
