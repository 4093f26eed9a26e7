# The resolver of the homelab: it answers for the manifest's domain and network from the fragments
# that services put here, and asks the forwarders or the root servers for everything else.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (config.nixmox) network resolver service;
  inherit (config.nixmox.fragments.dns) directory suffix;
  inherit (config.services.unbound) package;
  inherit (import ../../lib { inherit lib; }) lowPorts require;
  control = "${package}/bin/unbound-control -c /etc/unbound/unbound.conf";

  forwards = map (forward: forward // { name = absolute forward.zone; }) resolver.forwards;
  forwardedZones = map (forward: forward.zone) forwards;
  isForwarded = zone: lib.elem zone forwardedZones;
  everything = lib.findFirst (forward: forward.zone == ".") null forwards;
  absolute = zone: if zone == "." then "." else "${zone}.";
  quoted = text: ''"${text}"'';

  # Zones of which no one else knows a name; of the others, only the names of the fragments are ours.
  isOwn = zone: if zone == network.domain then resolver.zoneType == "static" else !isForwarded zone;
  zones = [ network.domain ] ++ resolver.reverseZones;
  ownZones = lib.filter isOwn zones;
  zoneType = zone: if isOwn zone then "static" else "typetransparent";
  # Unbound would not ask about private addresses, nor below a zone of its own, unless told so.
  askedZones = lib.filter (zone: zone != "." && !lib.elem zone zones) forwardedZones;

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
  # With an SOA record, a client can cache that a name does not exist.
  apex = zone: [
    ''"${zone}. 300 IN SOA ${service.hostname}. hostmaster.${network.domain}. 1 3600 1200 604800 300"''
    ''"${zone}. 300 IN NS ${service.hostname}."''
  ];

  isTls = forward: lib.any (each: each.tlsName != null) forward.forwarders;
  addressOf =
    each:
    each.address
    + lib.optionalString (each.port != 53) "@${toString each.port}"
    + lib.optionalString (each.tlsName != null) "#${each.tlsName}";
  certificates = "/etc/ssl/certs/ca-certificates.crt";

  # As check-resolver.sh reads it.
  checked = lib.concatMap (
    forward:
    [ forward.name ]
    ++ map (
      each:
      "${each.address}@${toString each.port}"
      + lib.optionalString (each.tlsName != null) "#${each.tlsName}"
    ) forward.forwarders
  ) forwards;

  isV6 = client: builtins.match ".*:.*" client != null;
  accept =
    family: clients:
    lib.optionalString (clients != [ ]) ''
      ${family} saddr { ${lib.concatStringsSep ", " clients} } meta l4proto { tcp, udp } th dport 53 accept comment "DNS"
    '';
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
          assertion = resolver != null;
          message = "Unable to configure ${service.name}: it is not the homelab's resolver. Set `provides = [\"dns\"]` in the manifest.";
        }
        {
          assertion =
            resolver == null
            || !lib.any (forward: lib.any (each: each.address == service.ip) forward.forwarders) forwards;
          message = "Unable to configure ${service.name}: network.dns_forwarders or network.forward names ${service.ip}, which is this resolver itself. Name other resolvers in the manifest, or none.";
        }
        {
          assertion =
            resolver == null
            || lib.all (
              forward: !isTls forward || lib.all (each: each.tlsName != null) forward.forwarders
            ) forwards;
          message = "Unable to configure ${service.name}: a resolver asks all forwarders of a zone over TLS, or none. Give each of them in network.dns_forwarders or network.forward a TLS name in the manifest, or none.";
        }
      ]
      {
        services.unbound = {
          enable = true;
          # The included fragments do not exist when the host is built; `nixmox-fragment` checks them.
          checkconf = false;
          resolveLocalQueries = false;
          # The chain of signatures begins at the root.
          enableRootTrustAnchor = everything == null || everything.dnssec;
          localControlSocketPath = "/run/unbound/unbound.ctl";
          settings = {
            server = {
              interface = [
                service.ip
                "127.0.0.1"
                # Clients reach it if the network gives the host an IPv6 address.
                "::0"
              ];
              # Its address may come up later than the daemon does.
              ip-freebind = true;
              access-control = map (client: "${client} allow") (
                resolver.clients
                ++ [
                  "127.0.0.0/8"
                  "::1/128"
                ]
              );
              local-zone =
                map (zone: "${quoted (absolute zone)} ${zoneType zone}") zones
                ++ map (zone: "${quoted (absolute zone)} transparent") askedZones;
              local-data = lib.concatMap apex ownZones;
              domain-insecure = map (zone: quoted (absolute zone)) (
                lib.unique (
                  ownZones
                  ++ map (forward: forward.zone) (
                    lib.filter (forward: forward.zone != "." && !forward.dnssec) forwards
                  )
                )
              );
              private-address = lib.optionals (everything == null || !everything.isInside) privateNetworks;
              private-domain = map (zone: quoted (absolute zone)) (
                lib.unique (
                  lib.filter (zone: !isOwn zone) [ network.domain ]
                  ++ map (forward: forward.zone) (
                    lib.filter (forward: forward.zone != "." && forward.isInside) forwards
                  )
                )
              );
              tls-cert-bundle = lib.mkIf (lib.any isTls forwards) certificates;

              # What it is, and what it trusts, is not told.
              hide-identity = true;
              hide-version = true;
              hide-trustanchor = true;
              # Why an answer could not be validated is told.
              ede = true;
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
            forward-zone = map (
              forward:
              {
                name = quoted forward.name;
                forward-addr = map addressOf forward.forwarders;
              }
              // lib.optionalAttrs (isTls forward) { forward-tls-upstream = true; }
            ) forwards;
          };
        };

        environment.systemPackages = [
          (pkgs.writeShellApplication {
            name = "nixmox-check-resolver";
            runtimeInputs = [
              pkgs.coreutils
              pkgs.dnsutils
              pkgs.gnused
            ];
            text = ''
              set -- ${lib.escapeShellArgs ([ service.ip ] ++ checked)}
              ${builtins.readFile ./check-resolver.sh}
            '';
          })
        ];

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

        networking.firewall.extraInputRules =
          accept "ip" (lib.filter (client: !isV6 client) resolver.clients)
          + accept "ip6" (lib.filter isV6 resolver.clients);
      };
}
