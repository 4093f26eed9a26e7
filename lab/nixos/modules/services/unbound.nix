{
  config,
  lib,
  pkgs,
  ...
}:
let
  hardening = import ../../eval/hardening.nix;
  inherit (lib) mkOption types;
  cfg = config.services.unbound;
  scalar = types.oneOf [
    types.int
    types.str
    types.bool
    types.float
  ];
  clause = types.either types.str (types.attrsOf (types.either scalar (types.listOf scalar)));
  word = value: if lib.isBool value then (if value then "yes" else "no") else toString value;
  render =
    indent: name: value:
    if lib.isList value then
      lib.concatMapStrings (render indent name) value
    else if lib.isAttrs value then
      "${indent}${name}:\n${lib.concatStrings (lib.mapAttrsToList (render "${indent}  ") value)}"
    else
      "${indent}${name}: ${word value}\n";
  rootKeyFile = "/var/lib/unbound/root.key";
  # The root zone's keys, as published by IANA; NixOS has them from unbound-anchor.
  rootKeys = pkgs.writeText "root.key" ''
    . IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D
    . IN DS 38696 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16
  '';
  configFile = pkgs.writeText "unbound.conf" (
    render "" "server" cfg.settings.server
    + lib.concatStrings (lib.mapAttrsToList (render "") (removeAttrs cfg.settings [ "server" ]))
  );
in
{
  options.services.unbound = {
    enable = lib.mkEnableOption "Unbound";
    package = lib.mkPackageOption pkgs "unbound-with-systemd" { };
    checkconf = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the configuration is checked when it is built.";
    };
    resolveLocalQueries = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the host uses itself as resolver; in the lab, its creator decides.";
    };
    enableRootTrustAnchor = mkOption {
      type = types.bool;
      default = true;
      description = "Whether answers are validated from the root's key on.";
    };
    localControlSocketPath = mkOption {
      type = types.nullOr types.str;
      default = null;
      description = "Socket that unbound-control uses.";
    };
    settings = mkOption {
      type = types.submodule {
        freeformType = types.attrsOf (types.either clause (types.listOf clause)) // {
          description = "unbound.conf configuration type";
        };
        options.remote-control.control-enable = mkOption {
          type = types.bool;
          default = false;
          internal = true;
          description = "Whether unbound-control may be used.";
        };
      };
      default = { };
      description = "Clauses of unbound.conf.";
    };
  };

  config = lib.mkIf cfg.enable {
    services.unbound.settings = {
      server = {
        directory = "/var/lib/unbound";
        username = ''""'';
        chroot = ''""'';
        pidfile = ''""'';
        do-daemonize = false;
        use-syslog = false;
        auto-trust-anchor-file = lib.mkIf cfg.enableRootTrustAnchor rootKeyFile;
      };
      remote-control = lib.mkIf (cfg.localControlSocketPath != null) {
        control-enable = true;
        control-interface = cfg.localControlSocketPath;
      };
    };
    environment.etc."unbound/unbound.conf".source =
      if cfg.checkconf then
        pkgs.runCommand "unbound.conf" { } ''
          ${cfg.package}/bin/unbound-checkconf ${configFile}
          ln -s ${configFile} $out
        ''
      else
        configFile;
    environment.systemPackages = [ cfg.package ];
    users.users.unbound = {
      isSystemUser = true;
      group = "unbound";
      home = "/var/lib/unbound";
    };
    users.groups.unbound = { };
    systemd.services.unbound = {
      description = "Unbound recursive Domain Name Server";
      after = [ "network.target" ];
      before = [ "nss-lookup.target" ];
      wants = [ "nss-lookup.target" ];
      wantedBy = [ "multi-user.target" ];
      restartTriggers = [ configFile ];
      preStart = lib.optionalString cfg.enableRootTrustAnchor ''
        [ -e ${rootKeyFile} ] || cat ${rootKeys} > ${rootKeyFile}
      '';
      serviceConfig = hardening // {
        Type = "notify";
        NotifyAccess = "main";
        ExecStart = "${lib.getExe cfg.package} -p -d -c /etc/unbound/unbound.conf";
        ExecReload = "+/bin/kill -HUP $MAINPID";
        User = "unbound";
        Group = "unbound";
        RuntimeDirectory = "unbound";
        ConfigurationDirectory = "unbound";
        StateDirectory = "unbound";
        ReadWritePaths = [ "/var/lib/unbound" ];

        AmbientCapabilities = [
          "CAP_NET_BIND_SERVICE"
          "CAP_NET_RAW"
        ];
        CapabilityBoundingSet = [
          "CAP_NET_BIND_SERVICE"
          "CAP_NET_RAW"
        ];
        MemoryDenyWriteExecute = true;
        NoNewPrivileges = true;
        PrivateDevices = true;
        PrivateTmp = true;
        ProcSubset = "pid";
        ProtectHome = true;
        ProtectProc = "invisible";
        ProtectSystem = "strict";
        RestrictAddressFamilies = [
          "AF_INET"
          "AF_INET6"
          "AF_NETLINK"
          "AF_UNIX"
        ];
        RestrictSUIDSGID = true;
        SystemCallArchitectures = "native";
        SystemCallFilter = [ "@system-service" ];
        Restart = "on-failure";
        RestartSec = 5;
      };
    };
  };
}
