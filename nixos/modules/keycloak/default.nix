# The identity provider Keycloak, whose realm, groups, users and clients come from the deployment.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (config.nixmox)
    certificate
    databases
    peers
    secrets
    service
    signOn
    stateDirectory
    ;
  nixmoxLib = import ../../lib { inherit lib; };
  database = nixmoxLib.only databases;
  proxies = lib.filter (peer: lib.elem "proxy" peer.provides) (lib.attrValues peers);
  managementPort = 9000;
  secretsDirectory = dirOf secrets.admin-password.path;
  missing = lib.filter (name: !secrets ? ${name}) [
    "admin-password"
    "bootstrap-secret"
    "cookie-secret"
    "forward-auth-secret"
  ];

  nixmoxKeycloak = pkgs.writeShellApplication {
    name = "nixmox-keycloak";
    runtimeInputs = [
      pkgs.coreutils
      pkgs.curl
      pkgs.jq
      pkgs.util-linux
    ];
    text = ''
      api=http://127.0.0.1:${toString signOn.apiPort}
      health=http://127.0.0.1:${toString managementPort}/health/ready
      secrets=${secretsDirectory} accepted=${stateDirectory}/keycloak lock=/run/nixmox-keycloak.lock
      ${builtins.readFile ./nixmox-keycloak.sh}
    '';
  };
in
{
  imports = [ ./forward-auth.nix ];

  config =
    nixmoxLib.require
      [
        {
          assertion = signOn != null && signOn.kind == "keycloak";
          message = ''Unable to configure ${service.name}: it is not the homelab's identity provider. Set `provides = ["sso"]` in the manifest.'';
        }
        (nixmoxLib.needsDatabase service databases "Keycloak")
        (nixmoxLib.needsPort service "Keycloak" 8443)
        {
          assertion = certificate != null;
          message = "Unable to configure ${service.name}: Keycloak serves nothing but TLS to the proxy, and has no certificate. Set `upstream_tls = true` for its route in the manifest.";
        }
        {
          assertion = missing == [ ];
          message = "Unable to configure ${service.name}: Keycloak needs the secret ${lib.concatStringsSep ", " missing}. Set `interface.secrets.${nixmoxLib.first missing} = {}` in the manifest.";
        }
      ]
      {
        services.keycloak = {
          enable = true;
          sslCertificate = certificate.certFile;
          sslCertificateKey = certificate.keyFile;
          database = {
            inherit (database) host name port;
            username = database.role;
            createLocally = false;
            useSSL = true;
            caCert = nixmoxLib.rootCertOf database;
            inherit (database) passwordFile;
          };
          settings = {
            hostname = signOn.url;
            # The host's own address and the loopback. Plain HTTP is for the deployment, whose SSH forward
            # ends here, and for what runs on this host: the firewall admits nobody else to its port.
            http-host = "0.0.0.0";
            http-enabled = true;
            http-port = signOn.apiPort;
            https-port = nixmoxLib.first service.ports;
            http-management-host = "127.0.0.1";
            http-management-port = managementPort;
            http-management-scheme = "http";
            health-enabled = true;
            # It would log each question for its health that it cannot answer well yet.
            log-level = "info,io.smallrye.health:warn";
            proxy-headers = "xforwarded";
            proxy-trusted-addresses = lib.mkIf (proxies != [ ]) (
              lib.concatMapStringsSep "," (proxy: proxy.ip) proxies
            );
            # There is one server; sessions are in the database.
            cache = "local";
            # NixOS's module asks for no more than that some server has a certificate of the authority.
            db-url-properties = lib.mkForce "?ssl=true&sslmode=verify-full&sslrootcert=${nixmoxLib.rootCertOf database}";
            # For mail servers and directories: those of the homelab have certificates of its own authority.
            truststore-paths = "/etc/ssl/certs/ca-certificates.crt";
            # Of the administrators that its first start creates. NixOS would put the password into the
            # store, where everyone can read it.
            bootstrap-admin-username = "admin";
            bootstrap-admin-password._secret = secrets.admin-password.path;
            bootstrap-admin-client-id = "nixmox";
            bootstrap-admin-client-secret._secret = secrets.bootstrap-secret.path;
          };
        };

        environment.systemPackages = [ nixmoxKeycloak ];

        nixmox.sandbox.keycloak = {
          # Its ports are above 1024.
          AmbientCapabilities = [ "" ];
          # Java compiles while it runs, and looks at the machine's memory.
          MemoryDenyWriteExecute = false;
          ProcSubset = "all";
          # It finds its interfaces' addresses.
          RestrictAddressFamilies = [
            "AF_INET"
            "AF_INET6"
            "AF_NETLINK"
            "AF_UNIX"
          ];
        };
        systemd.services.keycloak = {
          wants = [ "network-online.target" ];
          after = [ "network-online.target" ];
          environment = {
            JAVA_OPTS_KC_HEAP = "-Xms64m -Xmx384m";
            KC_BOOTSTRAP_ADMIN_USERNAME = lib.mkForce null;
            KC_BOOTSTRAP_ADMIN_PASSWORD = lib.mkForce null;
          };
          serviceConfig = {
            ExecStartPost = [
              "+${lib.getExe nixmoxKeycloak} wait"
              "+${lib.getExe nixmoxKeycloak} apply"
            ];
            Restart = "on-failure";
            RestartSec = 5;
            # The first start fills the database.
            TimeoutStartSec = 600;
          };
        };
      };
}
