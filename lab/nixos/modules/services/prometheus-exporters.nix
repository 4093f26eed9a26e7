# Exporters, which show metrics for Prometheus.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  hardening = import ../../eval/hardening.nix;
  inherit (lib) mkOption types;
  cfg = config.services.prometheus.exporters;
  option =
    type: default: description:
    mkOption { inherit type default description; };
  list = option (types.listOf types.str) [ ];

  # The options that all exporters have.
  exporter = name: port: {
    enable = lib.mkEnableOption "the ${name} exporter";
    port = option types.port port "Port that it listens on.";
    listenAddress = option types.str "0.0.0.0" "Address that it listens on.";
    extraFlags = list "Further arguments on its command line.";
    openFirewall = option types.bool false "Whether everyone may reach it.";
    user = option types.str "${name}-exporter" "User who it runs as.";
    group = option types.str "${name}-exporter" "Group that it runs as.";
  };

  # The unit of one, as NixOS has it for all; `own` is what differs.
  unit =
    name: own:
    let
      each = cfg.${name};
      serviceConfig = own.serviceConfig;
    in
    lib.mkIf each.enable {
      networking.firewall.allowedTCPPorts = lib.mkIf each.openFirewall [ each.port ];
      users.users = lib.mkIf (each.user == "${name}-exporter") {
        ${each.user} = {
          isSystemUser = true;
          inherit (each) group;
        };
      };
      users.groups = lib.mkIf (each.group == "${name}-exporter") { ${each.group} = { }; };
      systemd.services."prometheus-${name}-exporter" = {
        description = "Prometheus ${name} exporter";
        after = [ "network.target" ];
        wantedBy = [ "multi-user.target" ];
        environment = own.environment or { };
        serviceConfig =
          hardening
          // {
            User = each.user;
            Group = each.group;
            WorkingDirectory = "/tmp";
            Restart = "always";

            CapabilityBoundingSet = [ "" ];
            DeviceAllow = [ "" ];
            MemoryDenyWriteExecute = true;
            NoNewPrivileges = true;
            PrivateDevices = true;
            PrivateTmp = true;
            ProtectHome = true;
            ProtectSystem = "strict";
            RemoveIPC = true;
            RestrictSUIDSGID = true;
            SystemCallArchitectures = "native";
            UMask = "0077";
          }
          // serviceConfig
          // {
            RestrictAddressFamilies = [
              "AF_INET"
              "AF_INET6"
            ]
            ++ serviceConfig.RestrictAddressFamilies or [ ];
          };
      };
    };
  has = lib.flip lib.elem cfg.node.enabledCollectors;
in
{
  options.services.prometheus.exporters = {
    node = exporter "node" 9100 // {
      enabledCollectors = list "Further collectors.";
      disabledCollectors = list "Collectors that it does without.";
    };
  };

  config = unit "node" {
    serviceConfig = {
      ExecStart = lib.concatStringsSep " " (
        [
          (lib.getExe pkgs.prometheus-node-exporter)
          "--web.listen-address=${cfg.node.listenAddress}:${toString cfg.node.port}"
        ]
        # Enabled by Debian alone.
        ++ lib.optional (!has "systemd") "--no-collector.systemd"
        ++ map (name: "--collector.${name}") cfg.node.enabledCollectors
        ++ map (name: "--no-collector.${name}") cfg.node.disabledCollectors
        ++ cfg.node.extraFlags
      );
      RuntimeDirectory = "prometheus-node-exporter";
      ProtectClock = false;
      RestrictAddressFamilies =
        lib.optional (has "systemd" || has "logind") "AF_UNIX"
        ++ lib.optional (!lib.elem "netdev" cfg.node.disabledCollectors) "AF_NETLINK";
    };
  };
}
