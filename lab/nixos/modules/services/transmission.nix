# Transmission. Debian has release 3.00 of it, where NixOS has 4.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  hardening = import ../../eval/hardening.nix;
  inherit (lib) mkOption types;
  cfg = config.services.transmission;
  option =
    type: default: description:
    mkOption { inherit type default description; };
  rootDir = "/run/transmission";
  settingsDir = ".config/transmission-daemon";
  settingsFile = pkgs.writeText "settings.json" (builtins.toJSON cfg.settings);
  makeDirectory =
    mode: path:
    "install -d -m ${lib.escapeShellArg mode} -o '${cfg.user}' -g '${cfg.group}' '${path}'\n";
in
{
  options.services.transmission = {
    enable = lib.mkEnableOption "Transmission";
    package = lib.mkPackageOption pkgs "transmission" { default = "transmission_4"; };
    credentialsFile =
      option types.path "/dev/null"
        "JSON file with further settings, which are secret.";
    downloadDirPermissions = option (types.nullOr types.str) null "Mode of its directories.";
    extraFlags = option (types.listOf types.str) [ ] "Further arguments on its command line.";
    group = option types.str "transmission" "Group that it runs as.";
    home = option types.path "/var/lib/transmission" "Its folder.";
    openPeerPorts = option types.bool false "Whether everyone may reach its port for peers.";
    openRPCPort = option types.bool false "Whether everyone may reach its port for commands.";
    settings = mkOption {
      type = types.submodule {
        freeformType = (pkgs.formats.json { }).type;
        options = {
          download-dir = option types.path "${cfg.home}/Downloads" "Where finished downloads are.";
          incomplete-dir = option types.path "${cfg.home}/.incomplete" "Where downloads are until then.";
          incomplete-dir-enabled = option types.bool true "Whether that is another folder.";
          message-level = option (types.ints.between 0 6) 2 "How much it logs.";
          peer-port = option types.port 51413 "Port at which peers reach it.";
          peer-port-random-high = option types.port 65535 "Highest port for peers, if it is random.";
          peer-port-random-low = option types.port 65535 "Lowest port for peers, if it is random.";
          peer-port-random-on-start = option types.bool false "Whether the port for peers is random.";
          rpc-bind-address = option types.str "127.0.0.1" "Address at which it takes commands.";
          rpc-port = option types.port 9091 "Port at which it takes commands.";
          script-torrent-done-enabled = option types.bool false "Whether a program runs after a download.";
          script-torrent-done-filename = option (types.nullOr types.path) null "That program.";
          trash-original-torrent-files =
            option types.bool false
              "Whether it deletes torrents of `watch-dir`.";
          umask = option (types.either types.int types.str) "022" "Mask of the modes of its files.";
          utp-enabled = option types.bool true "Whether it speaks µTP.";
          watch-dir = option types.path "${cfg.home}/watchdir" "Where it looks for torrents.";
          watch-dir-enabled = option types.bool false "Whether it does.";
        };
      };
      default = { };
      description = "Its settings.";
    };
    user = option types.str "transmission" "User who it runs as.";
    webHome = option (types.nullOr types.path) null "Folder of its pages.";
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    boot.kernel.sysctl = lib.mkIf cfg.settings.utp-enabled {
      "net.core.rmem_max" = lib.mkDefault 4194304;
      "net.core.wmem_max" = lib.mkDefault 1048576;
    };
    networking.firewall = {
      allowedTCPPorts =
        lib.optional cfg.openPeerPorts cfg.settings.peer-port
        ++ lib.optional cfg.openRPCPort cfg.settings.rpc-port;
      allowedUDPPorts = lib.optional cfg.openPeerPorts cfg.settings.peer-port;
    };
    users.groups.transmission = lib.mkIf (cfg.group == "transmission") { };
    users.users.transmission = lib.mkIf (cfg.user == "transmission") {
      isSystemUser = true;
      inherit (cfg) group home;
      description = "Transmission BitTorrent user";
    };

    systemd.services.transmission-setup = lib.mkIf (cfg.downloadDirPermissions != null) {
      requiredBy = [ "transmission.service" ];
      before = [ "transmission.service" ];
      script = lib.concatMapStrings (makeDirectory cfg.downloadDirPermissions) (
        [ cfg.settings.download-dir ]
        ++ lib.optional cfg.settings.incomplete-dir-enabled cfg.settings.incomplete-dir
        ++ lib.optional cfg.settings.watch-dir-enabled cfg.settings.watch-dir
      );
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
      };
    };

    systemd.services.transmission = {
      description = "Transmission BitTorrent Service";
      after = [ "network.target" ];
      wantedBy = [ "multi-user.target" ];
      environment = {
        CURL_CA_BUNDLE = "/etc/ssl/certs/ca-certificates.crt";
        TRANSMISSION_WEB_HOME = lib.mkIf (cfg.webHome != null) cfg.webHome;
      };
      serviceConfig = hardening // {
        Type = "notify";
        ExecStartPre = [
          "+${pkgs.writeShellScript "transmission-prestart" ''
            set -eu
            ${pkgs.jq}/bin/jq --slurp add ${settingsFile} '${cfg.credentialsFile}' |
            install -D -m 600 -o '${cfg.user}' -g '${cfg.group}' /dev/stdin \
              '${cfg.home}/${settingsDir}/settings.json'
          ''}"
        ];
        ExecStart = "${cfg.package}/bin/transmission-daemon -f -g ${cfg.home}/${settingsDir} ${lib.escapeShellArgs cfg.extraFlags}";
        ExecReload = "${pkgs.coreutils}/bin/kill -HUP $MAINPID";
        User = cfg.user;
        Group = cfg.group;
        RuntimeDirectory = [ (baseNameOf rootDir) ];
        RuntimeDirectoryMode = "755";
        StateDirectory = map (path: "transmission${path}") [
          ""
          "/${settingsDir}"
          "/.incomplete"
          "/Downloads"
          "/watchdir"
        ];
        StateDirectoryMode = lib.mkDefault 750;
        UMask = "0066";
        RootDirectory = rootDir;
        RootDirectoryStartOnly = true;
        MountAPIVFS = true;
        BindPaths = [
          "${cfg.home}/${settingsDir}"
          cfg.settings.download-dir
          "/run"
        ]
        ++ lib.optional cfg.settings.incomplete-dir-enabled cfg.settings.incomplete-dir;
        BindReadOnlyPaths = [
          builtins.storeDir
          "/etc"
          # Where Debian has the program itself.
          "/bin"
          "/lib"
          "/lib64"
          "/usr"
        ]
        ++ lib.optional cfg.settings.watch-dir-enabled cfg.settings.watch-dir;

        AmbientCapabilities = "";
        CapabilityBoundingSet = "";
        DeviceAllow = "";
        MemoryDenyWriteExecute = true;
        NoNewPrivileges = true;
        PrivateDevices = true;
        PrivateMounts = lib.mkDefault true;
        PrivateNetwork = lib.mkDefault false;
        PrivateTmp = true;
        PrivateUsers = lib.mkDefault true;
        ProtectHome = "read-only";
        ProtectSystem = "strict";
        RemoveIPC = true;
        RestrictAddressFamilies = [
          "AF_UNIX"
          "AF_INET"
          "AF_INET6"
        ];
        RestrictSUIDSGID = true;
        SystemCallArchitectures = "native";
        SystemCallFilter = [
          "@system-service"
          "~@aio"
          "~@chown"
          "~@keyring"
          "~@memlock"
          "~@resources"
          "~@setuid"
          "~@timer"
          "quotactl"
        ];
      };
    };
  };
}
