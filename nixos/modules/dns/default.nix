# The resolver of the homelab: it answers for the manifest's domain and network from the fragments
# that services put here, and asks the forwarders or the root servers for everything else.
{ config, lib, ... }:
let
  inherit (config.nixmox) network service;
  inherit (config.nixmox.fragments.dns) directory suffix;
  inherit (config.services.unbound) package;
  inherit (import ../../lib { inherit lib; }) lowPorts require;
  control = "${package}/bin/unbound-control -c /etc/unbound/unbound.conf";
  zones = [ network.domain ] ++ network.reverseZones;
  # What no name on the internet may resolve to: a page there could otherwise have browsers reach
  # into the homelab. A forwarder inside it may know names of its own. Block lists answer with
  # addresses in 127.0.0.0/8.
  privateNetworks = [
    "10.0.0.0/8"
    "169.254.0.0/16"
    "172.16.0.0/12"
    "192.168.0.0/16"
    "fc00::/7"
    "fe80::/10"
    "::ffff:0:0/96"
  ];
  isPrivate =
    address:
    builtins.match "(10|192\\.168|172\\.(1[6-9]|2[0-9]|3[01])|100\\.(6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7]))\\..*" address != null;
  forwardsInside = lib.any isPrivate network.forwarders;
  # With an SOA record, a client can cache that a name does not exist.
  apex = zone: [
    ''"${zone}. 300 IN SOA ${service.hostname}. hostmaster.${network.domain}. 1 3600 1200 604800 300"''
    ''"${zone}. 300 IN NS ${service.hostname}."''
  ];
in
{
  config =
    require
      [
        {
          # A host's list of resolvers holds addresses, not ports.
          assertion = lib.elem 53 service.ports;
          message = "Unable to configure ${service.name}: hosts ask a resolver on port 53, which is not among its ports. Set `ports = [53]` in the manifest.";
        }
        {
          assertion = !lib.elem service.ip network.forwarders;
          message = "Unable to configure ${service.name}: network.dns_forwarders names ${service.ip}, which is this resolver itself. Name resolvers outside the homelab in the manifest, or none.";
        }
      ]
      {
        services.unbound = {
          enable = true;
          # The included fragments do not exist when the host is built; `nixmox-fragment` checks them.
          checkconf = false;
          resolveLocalQueries = false;
          localControlSocketPath = "/run/unbound/unbound.ctl";
          settings = {
            server = {
              interface = [
                service.ip
                "127.0.0.1"
              ];
              # Its address may come up later than the daemon does.
              ip-freebind = true;
              access-control = [
                "${network.cidr} allow"
                "127.0.0.0/8 allow"
              ];
              local-zone = map (zone: ''"${zone}." static'') zones;
              local-data = lib.concatMap apex zones;
              domain-insecure = map (zone: ''"${zone}."'') zones;
              private-address = lib.optionals (!forwardsInside) privateNetworks;

              # What it is, and what it trusts, is not told.
              hide-identity = true;
              hide-version = true;
              hide-trustanchor = true;
              # Answers are small, to the point, and believed only where they are due.
              deny-any = true;
              minimal-responses = true;
              qname-minimisation = true;
              harden-glue = true;
              harden-below-nxdomain = true;
              harden-dnssec-stripped = true;
              harden-large-queries = true;
              harden-short-bufsize = true;
              # Queries a second from one address: far more than a host needs, and less than a flood.
              ip-ratelimit = 1000;
              include = ''"${directory}/*${suffix}"'';
            };
            forward-zone = lib.optional (network.forwarders != [ ]) {
              name = ''"."'';
              forward-addr = network.forwarders;
            };
          };
        };

        nixmox.sandbox.unbound = lowPorts;

        nixmox.fragments.dns = {
          suffix = ".conf";
          check = "${package}/bin/unbound-checkconf /etc/unbound/unbound.conf";
          # An Unbound that is too old for the first of these loses its cache.
          apply = ''
            systemctl is-active --quiet unbound.service || exit 0
            ${control} reload_keep_cache || ${control} reload
          '';
        };

        networking.firewall.extraInputRules = ''
          ip saddr ${network.cidr} meta l4proto { tcp, udp } th dport 53 accept comment "DNS"
        '';
      };
}
