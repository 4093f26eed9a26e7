# NixOS's firewall on nftables: what is not let in is dropped.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.networking.firewall;
  ports =
    description:
    mkOption {
      type = types.listOf types.port;
      default = [ ];
      inherit description;
    };
  open =
    protocol: list:
    lib.optionalString (list != [ ])
      "${protocol} dport { ${lib.concatMapStringsSep ", " toString list} } accept";
  tables = lib.filter (table: table.enable) (lib.attrValues config.networking.nftables.tables);
  table =
    {
      family,
      name,
      content,
      ...
    }:
    ''
      table ${family} ${name}
      delete table ${family} ${name}
      table ${family} ${name} {
        ${content}
      }
    '';
  rules = pkgs.writeTextFile {
    name = "nftables-rules";
    executable = true;
    text = ''
      #!${lib.getExe pkgs.nftables} -f
      table inet nixos-fw
      delete table inet nixos-fw
      table inet nixos-fw {
        chain input {
          type filter hook input priority filter; policy drop;
          iifname { ${lib.concatMapStringsSep ", " (i: ''"${i}"'') cfg.trustedInterfaces} } accept
          ct state vmap {
            invalid : drop,
            established : accept,
            related : accept,
            new : jump input-allow,
            untracked : jump input-allow
          }
        }
        chain input-allow {
          ${open "tcp" cfg.allowedTCPPorts}
          ${open "udp" cfg.allowedUDPPorts}
          ${lib.optionalString cfg.allowPing "icmp type echo-request accept"}
          icmpv6 type != { nd-redirect, 139 } accept
          ${cfg.extraInputRules}
        }
      }
      ${lib.concatMapStrings table tables}
    '';
  };
in
{
  options.networking = {
    nftables.enable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the firewall uses nftables; the lab has no other.";
    };
    nftables.tables = mkOption {
      type = types.attrsOf (
        types.submodule (
          { name, ... }:
          {
            config.name = lib.mkDefault name;
            options = {
              enable = mkOption {
                type = types.bool;
                default = true;
                description = "Whether the table is there.";
              };
              name = mkOption {
                type = types.str;
                description = "Name of the table.";
              };
              family = mkOption {
                type = types.enum [
                  "ip"
                  "ip6"
                  "inet"
                  "arp"
                  "bridge"
                  "netdev"
                ];
                description = "Family of the table.";
              };
              content = mkOption {
                type = types.lines;
                description = "What is in the table.";
              };
            };
          }
        )
      );
      default = { };
      description = "Tables beside the firewall's own.";
    };
    firewall = {
      enable = mkOption {
        type = types.bool;
        default = true;
        description = "Whether connections from outside are refused.";
      };
      allowPing = mkOption {
        type = types.bool;
        default = true;
        description = "Whether the host answers pings.";
      };
      trustedInterfaces = mkOption {
        type = types.listOf types.str;
        default = [ ];
        description = "Interfaces from which everything is accepted.";
      };
      allowedTCPPorts = ports "TCP ports open to everyone.";
      allowedUDPPorts = ports "UDP ports open to everyone.";
      extraInputRules = mkOption {
        type = types.lines;
        default = "";
        description = "nftables rules for new connections.";
      };
    };
  };

  config = lib.mkIf cfg.enable {
    networking.firewall.trustedInterfaces = [ "lo" ];
    environment.systemPackages = [ pkgs.nftables ];
    systemd.services.nftables = {
      description = "nftables firewall";
      before = [ "network-pre.target" ];
      wants = [ "network-pre.target" ];
      wantedBy = [ "multi-user.target" ];
      reloadIfChanged = true;
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
        ExecStart = "${rules}";
        ExecReload = "${rules}";
        ExecStop = "${lib.getExe pkgs.nftables} flush ruleset";
      };
    };
    assertions = [
      {
        assertion = config.networking.nftables.enable;
        message = "The lab's firewall uses nftables. Set networking.nftables.enable = true.";
      }
    ];
  };
}
