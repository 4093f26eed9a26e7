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

  # The command `environment-of NAME FILE...`, for programs that read secrets from their environment
  # alone: root runs it when they start, and keeps what it prints in a file for root.
  environmentOf =
    pkgs:
    pkgs.writeShellApplication {
      name = "environment-of";
      text = builtins.readFile ./environment-of.sh;
    };

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

  # Certificates for a client of PostgreSQL that does not look for the system's by itself.
  rootCertOf =
    database:
    if database.sslRootCert == null then "/etc/ssl/certs/ca-certificates.crt" else database.sslRootCert;

  # A script for a unit's start: it writes the password in its credential `database` to a file, in the
  # format in which PostgreSQL's clients look it up.
  writePgpass =
    pkgs: database: file:
    pkgs.writeShellScript "write-pgpass" ''
      set -eu
      umask 0377
      password=$(<"$CREDENTIALS_DIRECTORY/database")
      password=''${password//\\/\\\\}
      password=''${password//:/\\:}
      rm -f ${file}
      printf '%s:%s:%s:%s:%s\n' ${database.host} ${toString database.port} \
        ${database.name} ${database.role} "$password" >${file}
    '';

  # The assertion of a program that keeps its data in one database.
  needsDatabase = service: databases: program: {
    assertion = only databases != null;
    message = "Unable to configure ${service.name}: ${program} needs exactly one database and has ${toString (lib.length (lib.attrNames databases))}. Set `interface.db = {}` in the manifest.";
  };

  # The assertion of a program that can keep a secret, and so has one at the identity provider.
  needsClientSecret = service: signIn: program: {
    assertion = signIn == null || signIn.clientSecretFile != null;
    message = "Unable to configure ${service.name}: ${program} cannot be a public client. Leave `interface.auth.oidc.client_type` out of the manifest.";
  };
}
