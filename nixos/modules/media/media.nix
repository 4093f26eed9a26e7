# What the programs of this host have in common: where each listens, and the files that they share.
{ config, lib }:
let
  inherit (config.nixmox)
    certificate
    peers
    routes
    service
    volumes
    ;
  nixmoxLib = import ../../lib { inherit lib; };
  ownPrefix = "${service.ip}:";
in
rec {
  programs = [
    "jellyfin"
    "prowlarr"
    "radarr"
    "sonarr"
    "transmission"
  ];
  running = lib.filter (name: routes ? ${name}) programs;
  runs = name: lib.elem name running;

  group = "media";
  # Downloads and library are below one directory, which is one mount in each program's sandbox: a hard
  # link cannot lead from one mount to another. Null: it is unclear which volume that is.
  root =
    if volumes == { } then "/srv/media" else (volumes.media or (nixmoxLib.only volumes)).path or null;
  downloads = "${root}/downloads";
  library = "${root}/library";
  kinds = [
    "movies"
    "shows"
  ];

  # What the manifest calls the unit of this service, without its suffix.
  unit =
    if lib.hasSuffix ".service" service.unit then lib.removeSuffix ".service" service.unit else null;

  # With TLS, Caddy is between a program and the network: none of them reads a certificate.
  behindCaddy = lib.filter (name: certificate != null && routes.${name}.upstreamTls) running;
  addressOf = name: if lib.elem name behindCaddy then "127.0.0.1" else service.ip;
  portOf =
    name:
    let
      upstream = toString (routes.${name}.upstream or null);
      port = lib.removePrefix ownPrefix upstream;
    in
    if lib.hasPrefix ownPrefix upstream then lib.toInt port else null;
  # The path below which it answers, without a slash at the end.
  pathOf = name: lib.removeSuffix "/" routes.${name}.path;
  # Where it is asked on this host.
  urlOf = name: "http://${addressOf name}:${toString (portOf name)}${pathOf name}";
  guarded = name: routes.${name}.guarded;

  # Addresses of the proxies that pass requests on.
  proxies = map (peer: peer.ip) (
    lib.filter (peer: lib.elem "proxy" peer.provides) (lib.attrValues peers)
  );

  # What each program's file asserts: that it listens here, and at a port of its own.
  placed =
    name: usual:
    let
      here = "Set `interface.routes.${name}.upstream = \"${ownPrefix}${toString usual}\"` in the manifest.";
      others = lib.filter (other: other != name && portOf other == portOf name) running;
    in
    [
      {
        assertion = portOf name != null;
        message = "Unable to configure ${service.name}: ${name} listens on this host, and its route does not lead to it. ${here}";
      }
      {
        # Of two at one port, the other one is where it usually is.
        assertion = portOf name == null || portOf name == usual || others == [ ];
        message = "Unable to configure ${service.name}: ${name} cannot listen on the port of ${toString others}. ${here}";
      }
    ];

  # What each program's unit adds: it starts once the directories are there, and stops with them.
  unitOf =
    config:
    {
      requires = [ service.unit ];
      after = [ service.unit ];
    }
    // config;
}
