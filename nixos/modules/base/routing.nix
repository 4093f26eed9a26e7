# Routes and routers are what Proxmox configured. No neighbour on the network may announce others.
{ lib, ... }:
let
  interfaces = [
    "all"
    "default"
    "eth0"
  ];
  off =
    interface:
    map (name: lib.nameValuePair name 0) [
      "net.ipv4.conf.${interface}.accept_redirects"
      "net.ipv6.conf.${interface}.accept_redirects"
      "net.ipv6.conf.${interface}.accept_ra"
    ];
in
{
  boot.kernel.sysctl = lib.listToAttrs (lib.concatMap off interfaces);

  # Programs may listen to announcements by themselves, as systemd-networkd does. NixOS's own rules
  # accept them, so these come first.
  networking.nftables.tables.nixmox-routing = {
    family = "inet";
    content = ''
      chain input {
        type filter hook input priority filter - 10; policy accept;
        icmpv6 type { nd-router-advert, nd-redirect } drop
        icmp type { redirect, router-advertisement } drop
      }
    '';
  };
}
