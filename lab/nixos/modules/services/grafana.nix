# Grafana, of which the lab has no package: its unit is NixOS's.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  hardening = import ../../eval/hardening.nix;
  inherit (lib) mkOption types;
  cfg = config.services.grafana;
  inherit (cfg.settings) server;
  option =
    type: default: description:
    mkOption { inherit type default description; };
  optional = option (types.nullOr types.str) null;
  required = type: description: mkOption { inherit type description; };
  ini = pkgs.formats.ini { };
  yaml = name: value: pkgs.writeText "${name}.yaml" (builtins.toJSON value);
  configFile = ini.generate "config.ini" cfg.settings;

  datasource = types.submodule {
    freeformType = (pkgs.formats.yaml { }).type;
    options = {
      name = required types.str "Its name.";
      type = required types.str "Its kind.";
      uid = optional "What dashboards call it.";
      url = option types.str "" "Where it is.";
      access = option (types.enum [
        "proxy"
        "direct"
      ]) "proxy" "Who asks it.";
      editable = option types.bool false "Whether people may change it.";
      jsonData = option (types.nullOr types.attrs) null "Further settings.";
      secureJsonData = option (types.nullOr types.attrs) null "Those that name secrets.";
    };
  };
  provider = types.submodule {
    freeformType = (pkgs.formats.yaml { }).type;
    options = {
      name = option types.str "default" "Its name.";
      type = option types.str "file" "Where dashboards come from.";
      options.path = required types.path "Folder of the dashboards.";
    };
  };
  provision =
    key: type: what:
    option (types.nullOr (
      types.submodule {
        options = {
          apiVersion = option types.int 1 "Version of the format.";
          ${key} = option (types.listOf type) [ ] what;
        };
      }
    )) null what;

  # What Grafana finds when it starts.
  provisioning = pkgs.runCommand "grafana-provisioning" { } ''
    mkdir -p $out/datasources $out/dashboards $out/alerting $out/plugins
    ln -s ${yaml "datasource" cfg.provision.datasources.settings} $out/datasources/datasource.yaml
    ln -s ${yaml "dashboard" cfg.provision.dashboards.settings} $out/dashboards/dashboard.yaml
  '';
in
{
  options.services.grafana = {
    enable = lib.mkEnableOption "grafana";
    package = lib.mkPackageOption pkgs "grafana" { };
    dataDir = option types.path "/var/lib/grafana" "Its folder.";
    provision = {
      enable = lib.mkEnableOption "provision";
      datasources.settings = provision "datasources" datasource "What it can ask.";
      dashboards.settings = provision "providers" provider "Dashboards that it has from the start.";
    };
    settings = mkOption {
      type = types.submodule {
        freeformType = ini.type;
        options = {
          paths.provisioning = option types.path provisioning "Folder of what it finds when it starts.";
          server = {
            protocol = option (types.enum [
              "http"
              "https"
              "h2"
              "socket"
            ]) "http" "What it speaks.";
            http_addr = option types.str "127.0.0.1" "Address that it listens on.";
            http_port = option types.port 3000 "Port that it listens on.";
            domain = option types.str "localhost" "Its public name.";
            root_url = option types.str "%(protocol)s://%(domain)s:%(http_port)s/" "Its public address.";
            serve_from_sub_path = option types.bool false "Whether requests have the path of that address.";
            cert_file = optional "File of its certificate.";
            cert_key = optional "File of its key.";
          };
          database = {
            type = option (types.enum [
              "mysql"
              "sqlite3"
              "postgres"
            ]) "sqlite3" "What kind of database it uses.";
            host = option types.str "127.0.0.1:3306" "The database's host and port.";
            name = option types.str "grafana" "Its name.";
            user = option types.str "root" "The role that owns it.";
            password = option types.str "" "Its password; everyone could read it here.";
            ssl_mode = option (types.enum [
              "disable"
              "require"
              "verify-full"
              "true"
              "false"
              "skip-verify"
            ]) "disable" "What its certificate must be.";
            ca_cert_path = optional "File of the authority to trust.";
          };
          security = {
            cookie_secure = option types.bool false "Whether cookies travel over HTTPS only.";
            disable_gravatar = option types.bool false "Whether it asks nobody for pictures.";
            disable_initial_admin_creation =
              option types.bool false
                "Whether there is no administrator with a password.";
          };
        };
      };
      default = { };
      description = "Sections of its configuration.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = cfg.settings.security.secret_key or null != null;
        message = "Grafana's secret key (services.grafana.settings.security.secret_key) doesn't have a default value anymore.";
      }
    ];
    environment.systemPackages = [ cfg.package ];
    users.users.grafana = {
      isSystemUser = true;
      group = "grafana";
      home = cfg.dataDir;
    };
    users.groups.grafana = { };
    systemd.tmpfiles.rules = [ "d ${cfg.dataDir} 0700 grafana grafana -" ];
    systemd.services.grafana = {
      description = "Grafana Service Daemon";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      script = "exec ${lib.getExe cfg.package} server -homepath ${cfg.dataDir} -config ${configFile}";
      preStart = ''
        ln -fs ${cfg.package}/share/grafana/conf ${cfg.dataDir}
        ln -fs ${cfg.package}/share/grafana/tools ${cfg.dataDir}
      '';
      serviceConfig = hardening // {
        User = "grafana";
        WorkingDirectory = cfg.dataDir;
        RuntimeDirectory = "grafana";
        RuntimeDirectoryMode = "0755";
        Restart = "on-failure";
        AmbientCapabilities = lib.mkIf (server.http_port < 1024) [ "CAP_NET_BIND_SERVICE" ];
        CapabilityBoundingSet = if server.http_port < 1024 then [ "CAP_NET_BIND_SERVICE" ] else [ "" ];
        DeviceAllow = [ "" ];
        NoNewPrivileges = true;
        PrivateDevices = true;
        PrivateTmp = true;
        ProtectHome = true;
        ProtectProc = "invisible";
        ProtectSystem = "full";
        RemoveIPC = true;
        RestrictAddressFamilies = [
          "AF_INET"
          "AF_INET6"
          "AF_UNIX"
        ];
        RestrictSUIDSGID = true;
        SystemCallArchitectures = "native";
        SystemCallFilter = [
          "@system-service"
          "~@privileged"
        ];
        UMask = "0027";
      };
    };
  };
}
