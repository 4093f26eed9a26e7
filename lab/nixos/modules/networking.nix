# The host's name and its resolvers. Proxmox sets its addresses.
{ config, lib, ... }:
let
  cfg = config.networking;
  inherit (config.services) resolved;
  servers = if resolved.enable then lib.toList resolved.settings.Resolve.DNS else cfg.nameservers;
  unitOptions = import ../eval/lib/unit-options.nix { inherit lib; };
  hosts = lib.mapAttrsToList (address: names: "${address} ${toString names}") (
    lib.filterAttrs (_: names: names != [ ]) cfg.hosts
  );
in
{
  options.networking = {
    hostName = lib.mkOption {
      type = lib.types.strMatching "^$|^[[:alnum:]]([[:alnum:]_-]{0,61}[[:alnum:]])?$";
      default = "nixos";
      description = "The host's short name. Empty: as the container's creator set it.";
    };
    nameservers = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
      description = "Resolvers. Empty: as the container's creator set them.";
    };
    search = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
      description = "Domains in which short names are looked up.";
    };
  };
  options.networking.hosts = lib.mkOption {
    type = lib.types.attrsOf (lib.types.listOf lib.types.str);
    default = { };
    description = "Names by address that are known without asking a resolver.";
  };
  # Programs here read resolv.conf themselves, which has the same servers, in the same order. What a
  # server does not answer, they ask of the next one: also names of the homelab, unlike NixOS.
  options.services.resolved = {
    enable = lib.mkOption {
      type = lib.types.bool;
      default = false;
      description = "Whether the resolvers are those of systemd-resolved's settings.";
    };
    settings.Resolve = lib.mkOption {
      type = lib.types.submodule {
        freeformType = lib.types.attrsOf unitOptions.option;
        options.DNS = lib.mkOption {
          type = unitOptions.option;
          default = cfg.nameservers;
          description = "Resolvers to ask.";
        };
      };
      default = { };
      description = "Section of resolved.conf, of which only the resolvers have an effect here.";
    };
  };

  # Proxmox writes the file at each start, as it does for Debian.
  config.systemd.services.systemd-resolved = lib.mkIf resolved.enable { enable = false; };
  config.system.activationScripts.resolvers.text = lib.mkIf (servers != [ ]) ''
    printf '%s\n' ${
      lib.escapeShellArgs (
        lib.optional (cfg.search != [ ]) "search ${lib.concatStringsSep " " cfg.search}"
        ++ map (server: "nameserver ${server}") servers
      )
    } > /etc/resolv.conf
  '';
  # The file also has a section that Proxmox writes at each start.
  config.system.activationScripts.hosts.text = ''
    sed -i '/^# BEGIN NixOS$/,/^# END NixOS$/d' /etc/hosts
    printf '%s\n' '# BEGIN NixOS' ${lib.escapeShellArgs hosts} '# END NixOS' >> /etc/hosts
  '';
  config.system.activationScripts.hostname.text = lib.mkIf (cfg.hostName != "") ''
    echo ${cfg.hostName} > /etc/hostname
    [ "$(cat /proc/sys/kernel/hostname)" = ${cfg.hostName} ] || hostname ${cfg.hostName}
  '';
}
