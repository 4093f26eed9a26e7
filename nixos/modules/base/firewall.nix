# Nothing comes in but SSH, and what the fragments let in: each names an
# address that may reach a port, as `ip saddr 192.168.99.15 tcp dport 5432 accept`.
{
  config,
  lib,
  manifest,
  pkgs,
  ...
}:
let
  inherit (config.nixmox.fragments.firewall) directory suffix;
  nft = "${pkgs.nftables}/bin/nft";
  # The fragments alone, in a table of their own: the running rules need not be known to check them.
  trial = pkgs.writeText "fragments.nft" ''
    table inet nixmox-trial {
      chain input {
        include "${directory}/*${suffix}"
      }
    }
  '';
in
{
  options.nixmox.sshSources = lib.mkOption {
    type = lib.types.listOf lib.types.str;
    default = manifest.network.ssh_from;
    example = [ "192.168.1.0/24" ];
    description = "Networks that may reach this host's SSH port.";
  };

  config = {
    networking.nftables.enable = true;
    networking.firewall = {
      enable = true;
      extraInputRules = ''
        ip saddr { ${lib.concatStringsSep ", " config.nixmox.sshSources} } tcp dport 22 accept comment "SSH"
        include "${directory}/*${suffix}"
      '';
    };

    nixmox.fragments.firewall = {
      suffix = ".nft";
      check = "${nft} --check --file ${trial}";
      apply = "systemctl try-reload-or-restart nftables.service";
    };

    assertions = [
      {
        assertion = config.nixmox.sshSources != [ ];
        message = "nixmox.sshSources is empty: nobody could log in any more. Name the network that deployments come from.";
      }
    ];
  };
}
