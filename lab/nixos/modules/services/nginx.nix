# nginx, of which the lab has no package: the servers that modules describe, for evaluation alone.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.services.nginx;
  option =
    type: default: description:
    mkOption { inherit type default description; };
  listen = types.submodule {
    options = {
      addr = mkOption {
        type = types.str;
        description = "Address that it listens on.";
      };
      port = option (types.nullOr types.port) null "Port that it listens on.";
      ssl = option types.bool false "Whether it serves TLS there.";
    };
  };
  virtualHost = types.submodule {
    options = {
      listen = option (types.listOf listen) [ ] "Where it listens.";
      onlySSL = option types.bool false "Whether it serves nothing but TLS.";
      sslCertificate = option (types.nullOr types.path) null "File with its certificate.";
      sslCertificateKey = option (types.nullOr types.path) null "File with the certificate's key.";
      root = option (types.nullOr types.path) null "Folder that it serves.";
    };
  };
  server = name: host: ''
    server {
      ${lib.concatMapStrings (
        each: "listen ${each.addr}:${toString each.port}${lib.optionalString each.ssl " ssl"};\n"
      ) host.listen}
      server_name ${name};
      ${lib.optionalString (host.sslCertificate != null) ''
        ssl_certificate ${host.sslCertificate};
        ssl_certificate_key ${host.sslCertificateKey};
      ''}
      ${lib.optionalString (host.root != null) "root ${host.root};"}
    }
  '';
  configuration = pkgs.writeText "nginx.conf" ''
    pid /run/nginx/nginx.pid;
    daemon off;
    events { }
    http {
      ${lib.concatStrings (lib.mapAttrsToList server cfg.virtualHosts)}
    }
  '';
in
{
  options.services.nginx = {
    enable = lib.mkEnableOption "Nginx Web Server";
    package = mkOption {
      type = types.package;
      default = pkgs.nginxStable;
      description = "The nginx package to use.";
    };
    user = option types.str "nginx" "User who it runs as.";
    group = option types.str "nginx" "Group that it runs as.";
    virtualHosts = option (types.attrsOf virtualHost) { } "Its servers, by their names.";
  };

  config = lib.mkIf cfg.enable {
    users.users.nginx = {
      isSystemUser = true;
      inherit (cfg) group;
    };
    users.groups.nginx = { };
    systemd.services.nginx = {
      description = "Nginx Web Server";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      serviceConfig = {
        User = cfg.user;
        Group = cfg.group;
        RuntimeDirectory = "nginx";
        CacheDirectory = "nginx";
        LogsDirectory = "nginx";
        ExecStart = "${lib.getExe cfg.package} -c ${configuration}";
        Restart = "always";
        RestartSec = "10s";
        AmbientCapabilities = [
          "CAP_NET_BIND_SERVICE"
          "CAP_SYS_RESOURCE"
        ];
        CapabilityBoundingSet = [
          "CAP_NET_BIND_SERVICE"
          "CAP_SYS_RESOURCE"
        ];
      };
    };
  };
}
