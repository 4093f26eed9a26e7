# The host's address and router. Proxmox VE writes them into the container at each start, or NixOS sets
# the same ones by itself, as the manifest says. The name is the manifest's in any case.
{ config, lib, ... }:
let
  inherit (config.nixmox) network service;
  byNixos = network.managedBy == "nixos";
in
{
  proxmoxLXC = {
    manageNetwork = byNixos;
    manageHostName = true;
  };

  networking = lib.mkIf byNixos {
    useNetworkd = true;
    useDHCP = false;
    useHostResolvConf = false;
    interfaces.eth0 = {
      inherit (network) mtu;
      ipv4.addresses = [
        {
          address = service.ip;
          prefixLength = lib.toInt (lib.last (lib.splitString "/" network.cidr));
        }
      ];
    };
    defaultGateway = {
      address = network.gateway;
      interface = "eth0";
    };
  };
}
