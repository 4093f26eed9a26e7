# Loki, which keeps what other programs log. It is here if 3100 is among the service's ports. It asks
# nobody who they are: who may send and read is for `from` at that port to say.
{
  config,
  lib,
  ...
}:
let
  inherit (config.nixmox) certificate service;
  port = 3100;
  dataDir = "/var/lib/loki";
  credentials = "/run/credentials/loki.service";
in
{
  config = lib.mkIf (lib.elem port service.ports) {
    services.loki = {
      enable = true;
      inherit dataDir;
      configuration = {
        auth_enabled = false;
        analytics.reporting_enabled = false;
        server = {
          http_listen_address = service.ip;
          http_listen_port = port;
          # Its parts talk to each other here.
          grpc_listen_address = "127.0.0.1";
          grpc_listen_port = 9095;
          log_level = "warn";
        }
        // lib.optionalAttrs (certificate != null) {
          http_tls_config = {
            cert_file = "${credentials}/certificate";
            key_file = "${credentials}/key";
          };
        };
        common = {
          instance_addr = "127.0.0.1";
          path_prefix = dataDir;
          replication_factor = 1;
          ring.kvstore.store = "inmemory";
          storage.filesystem = {
            chunks_directory = "${dataDir}/chunks";
            rules_directory = "${dataDir}/rules";
          };
        };
        schema_config.configs = [
          {
            from = "2024-04-01";
            store = "tsdb";
            object_store = "filesystem";
            schema = "v13";
            index = {
              prefix = "index_";
              period = "24h";
            };
          }
        ];
        limits_config.retention_period = lib.mkDefault "744h";
        compactor = {
          working_directory = "${dataDir}/compactor";
          retention_enabled = true;
          delete_request_store = "filesystem";
        };
      };
    };

    nixmox.sandbox.loki = { };
    nixmox.state.loki = {
      directory = dataDir;
      units = [ "loki.service" ];
    };
    systemd.services.loki = {
      unitConfig.PartOf = [ "prometheus.service" ];
      serviceConfig = {
        ReadWritePaths = [ dataDir ];
        LoadCredential = lib.optionals (certificate != null) [
          "certificate:${certificate.certFile}"
          "key:${certificate.keyFile}"
        ];
      };
    };
  };
}
