# What modules share.
{ lib }:
rec {
  # The first element, or null where `head` would end the evaluation before any assertion is reported.
  first = lib.findFirst (_: true) null;

  # The only value of a set, or null if there are none or several.
  only = set: if lib.length (lib.attrNames set) == 1 then first (lib.attrValues set) else null;

  # The route by which people know a service, or null.
  mainRoute = routes: routes.default or (first (lib.attrValues routes));

  # Assertions, and what is defined only if all of them hold: a missing value is then reported by the
  # assertion that names the manifest's key, not by the definition that would use it.
  require =
    assertions: content:
    lib.mkMerge [
      { inherit assertions; }
      (lib.mkIf (lib.all (each: each.assertion) assertions) content)
    ];

  # How the sandbox of a program differs that listens on a port below 1024: it needs one capability,
  # which has no effect among users of its own. The empty entry drops any others.
  lowPorts = {
    AmbientCapabilities = [
      ""
      "CAP_NET_BIND_SERVICE"
    ];
    CapabilityBoundingSet = [
      ""
      "CAP_NET_BIND_SERVICE"
    ];
    PrivateUsers = false;
  };

  # The assertion of a program that listens on the service's first port.
  needsPort = service: program: usual: {
    assertion = service.ports != [ ];
    message = "Unable to configure ${service.name}: ${program} needs a port to listen on. Set `ports = [${toString usual}]` in the manifest.";
  };
}
