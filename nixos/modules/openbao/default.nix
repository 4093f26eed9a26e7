# OpenBao, which keeps secrets for people and programs, with its data on this host. It unseals itself
# with a key that the deployment generates, and is initialised at its first start.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (config.nixmox)
    certificate
    peers
    routes
    secrets
    service
    stateDirectory
    ;
  inherit (config.services.openbao) package;
  nixmoxLib = import ../../lib { inherit lib; };
  credentials = "/run/credentials/openbao.service";

  port = nixmoxLib.first service.ports;
  route = nixmoxLib.mainRoute routes;
  # Its certificate is for its name.
  ownUrl = "https://${service.hostname}:${toString port}";
  url = if route == null then ownUrl else lib.removeSuffix "/" route.url;
  proxies = lib.filter (peer: lib.elem "proxy" peer.provides) (lib.attrValues peers);

  sealKeyFile = secrets.seal-key.path or null;
  # What only root reads: the key of the last start, and what the initialisation answered.
  own = "${stateDirectory}/openbao";
  sealConfig = "/run/openbao/seal.json";

  signIn = config.nixmox.signIns.default or null;
  callback = "/ui/vault/auth/oidc/oidc/callback";

  writeSeal = pkgs.writeShellApplication {
    name = "openbao-write-seal";
    runtimeInputs = [ pkgs.coreutils ];
    text = builtins.readFile ./write-seal.sh;
  };
  started = pkgs.writeShellApplication {
    name = "openbao-started";
    runtimeInputs = [
      package
      pkgs.coreutils
      pkgs.curl
    ];
    text = builtins.readFile ./started.sh;
  };
in
{
  config =
    nixmoxLib.require
      [
        (nixmoxLib.needsPort service "OpenBao" 8200)
        {
          assertion = certificate != null;
          message = "Unable to configure ${service.name}: tokens and secrets would travel without TLS between the proxy and OpenBao. Set `interface.route = { upstream_tls = true }` in the manifest.";
        }
        {
          assertion = sealKeyFile != null;
          message = "Unable to configure ${service.name}: OpenBao has no key to unseal itself with. Set `interface.secrets.seal-key = { format = \"hex\" }` in the manifest.";
        }
        {
          assertion = route == null || route.path == "/";
          message = "Unable to configure ${service.name}: OpenBao answers at the root of its name, and not below ${toString (route.path or null)}. Leave `interface.route.path` out of the manifest.";
        }
        {
          assertion = signIn == null || lib.any (lib.hasSuffix callback) signIn.redirectUris;
          message = "Unable to configure ${service.name}: people do not come back to OpenBao at ${
            toString (nixmoxLib.first (signIn.redirectUris or [ ]))
          }. Set the first of `interface.auth.oidc.redirect_uris` to ${url}${callback}.";
        }
      ]
      {
        services.openbao = {
          enable = true;
          settings = {
            ui = true;
            api_addr = url;
            # There is one of it: its cluster is reached by nobody else.
            cluster_addr = "https://127.0.0.1:8201";
            listener.default = {
              type = "tcp";
              address = "${service.ip}:${toString port}";
              cluster_address = "127.0.0.1:8201";
              tls_cert_file = "${credentials}/certificate";
              tls_key_file = "${credentials}/key";
            }
            # So that the audit log has the addresses of clients.
            // lib.optionalAttrs (proxies != [ ]) {
              x_forwarded_for_authorized_addrs = map (peer: peer.ip) proxies;
              x_forwarded_for_reject_not_authorized = false;
              x_forwarded_for_reject_not_present = false;
            };
            storage.raft = {
              path = "/var/lib/openbao";
              # It is part of the data, so it does not follow the service's name.
              node_id = "openbao";
            };
            # To the journal. Values are hashed with a key of OpenBao's own.
            audit = [ { file.journal.options.file_path = "stdout"; } ];
          };
          extraArgs = [
            "-config"
            sealConfig
          ];
        };

        nixmox.state.openbao.directory = "/var/lib/private/openbao";
        nixmox.sandbox.openbao = { };
        systemd.tmpfiles.rules = [
          "d ${own} 0700 root root -"
          "f ${own}/seal-key 0400 root root -"
        ];
        systemd.services.openbao = {
          wants = [ "network-online.target" ];
          after = [ "network-online.target" ];
          # NixOS spares the restart, after which others have to unseal theirs by hand.
          restartIfChanged = lib.mkForce true;
          serviceConfig = {
            ExecStartPre = [ "${lib.getExe writeSeal} ${credentials} ${sealConfig}" ];
            ExecStartPost = [ "+${lib.getExe started} ${ownUrl} ${sealKeyFile} ${own}" ];
            LoadCredential = [
              "certificate:${certificate.certFile}"
              "key:${certificate.keyFile}"
              "seal-key:${sealKeyFile}"
              "previous-seal-key:${own}/seal-key"
            ];
            # An audit log that leaves lines out is none.
            LogRateLimitIntervalSec = 0;
          };
        };
      };
}
