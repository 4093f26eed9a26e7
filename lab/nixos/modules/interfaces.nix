# Addresses that NixOS sets. Without any, the container's creator has set them.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.networking;
  flag =
    default: description:
    mkOption {
      type = types.bool;
      inherit default description;
    };
  address = types.submodule {
    options = {
      address = mkOption {
        type = types.str;
        description = "IPv4 address.";
      };
      prefixLength = mkOption {
        type = types.ints.between 0 32;
        description = "How many of its bits are the network's.";
      };
    };
  };
  interface = types.submodule {
    options = {
      ipv4.addresses = mkOption {
        type = types.listOf address;
        default = [ ];
        description = "Addresses of the interface.";
      };
      mtu = mkOption {
        type = types.nullOr types.int;
        default = null;
        description = "Largest packet in bytes. Null: as it is.";
      };
    };
  };
  ip = "/usr/sbin/ip";
  commands =
    name: each:
    lib.optional (each.mtu != null) "${ip} link set ${name} mtu ${toString each.mtu}"
    ++ map (
      { address, prefixLength }: "${ip} address replace ${address}/${toString prefixLength} dev ${name}"
    ) each.ipv4.addresses
    ++ lib.optional (
      cfg.defaultGateway != null && cfg.defaultGateway.interface == name
    ) "${ip} route replace default via ${cfg.defaultGateway.address} dev ${name}";
in
{
  options.networking = {
    interfaces = mkOption {
      type = types.attrsOf interface;
      default = { };
      description = "Network interfaces by name.";
    };
    defaultGateway = mkOption {
      type = types.nullOr (
        types.submodule {
          options = {
            address = mkOption {
              type = types.str;
              description = "Address of the router.";
            };
            interface = mkOption {
              type = types.nullOr types.str;
              default = null;
              description = "Interface that leads to it.";
            };
          };
        }
      );
      default = null;
      description = "Router of all other networks.";
    };
    useNetworkd = flag false "Whether systemd-networkd sets the addresses, which here is always ip.";
    useDHCP = flag true "Whether interfaces ask for addresses. The lab has nobody who would answer.";
    useHostResolvConf = flag false "Whether the container has the resolvers of the machine that it is on.";
  };

  config.systemd.services = lib.mapAttrs' (
    name: each:
    lib.nameValuePair "network-addresses-${name}" {
      description = "Address configuration of ${name}";
      wantedBy = [ "multi-user.target" ];
      # Debian's own, which the container's creator configured, fails if the address is there already.
      after = [ "networking.service" ];
      script = lib.concatLines (commands name each);
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
      };
    }
  ) cfg.interfaces;
}
