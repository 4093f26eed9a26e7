# Names of the homelab are asked of its own resolver and nobody else. All others are also asked of what
# that forwards to, so that a host can still be rebuilt while it is down.
{ config, lib, ... }:
let
  inherit (config.nixmox) network resolver service;
  # The resolver's own host asks others for all other names.
  servers = if resolver == null then network.nameservers else [ service.ip ];
  # Names of private addresses tell others what is in here.
  privateZones = [
    "10.in-addr.arpa"
    "168.192.in-addr.arpa"
    "c.f.ip6.arpa"
    "d.f.ip6.arpa"
  ]
  ++ map (number: "${toString number}.172.in-addr.arpa") (lib.range 16 31);
  routed = map (zone: "~${zone}") (network.forwardedZones ++ privateZones);
  delegate = "systemd/dns-delegate.d/homelab.dns-delegate";
in
{
  networking = {
    inherit (network) nameservers;
    search = [ network.domain ];
  };

  services.resolved = {
    enable = true;
    settings.Resolve = {
      DNS = network.nameservers ++ network.foreignNameservers;
      # No domain of the homelab: what is named here is asked of all of these.
      Domains = [ "~." ];
      # Otherwise, there would be some on the internet.
      FallbackDNS = [ ];
      # Any neighbour may answer these.
      LLMNR = false;
      MulticastDNS = false;
    };
  };

  # The longest domain wins. A plain one also completes short names.
  environment.etc.${delegate}.text = ''
    [Delegate]
    DNS=${lib.concatStringsSep " " servers}
    Domains=${lib.concatStringsSep " " ([ network.domain ] ++ routed)}
    DefaultRoute=no
  '';
  systemd.services.systemd-resolved.reloadTriggers = [ config.environment.etc.${delegate}.text ];
}
