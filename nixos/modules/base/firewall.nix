# Nothing comes in but SSH and what the fragments allow: each names an address that may reach a
# port, such as `ip saddr 192.168.99.15 tcp dport 5432 accept`.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (config.nixmox) network service;
  inherit (config.nixmox.fragments.firewall) directory suffix;
  nft = "${pkgs.nftables}/bin/nft";
  # What the host's own modules open to everyone.
  inherit (config.networking) firewall;
  one = port: {
    from = port;
    to = port;
  };
  openTcp = map one firewall.allowedTCPPorts ++ (firewall.allowedTCPPortRanges or [ ]);
  openUdp = map one firewall.allowedUDPPorts ++ (firewall.allowedUDPPortRanges or [ ]);
  # HTTP/3 comes with HTTP: a port that is for everyone may be opened for either protocol.
  isWithin =
    protocol: range: each:
    range.from >= each.first
    && range.to <= each.last
    && (each.protocol == protocol || !each.restricted);
  overlaps = range: { first, last, ... }: range.from <= last && range.to >= first;
  among = protocol: range: lib.any (isWithin protocol range) service.listens;
  undeclared =
    lib.filter (range: !(among "tcp" range)) openTcp
    ++ lib.filter (range: !(among "udp" range)) openUdp;
  # The manifest says who may reach these, so they are not open to everyone.
  restricted =
    protocol: lib.filter (each: each.restricted && each.protocol == protocol) service.listens;
  tooOpen =
    lib.filter (range: lib.any (overlaps range) (restricted "tcp")) openTcp
    ++ lib.filter (range: lib.any (overlaps range) (restricted "udp")) openUdp;
  show =
    ranges:
    lib.concatStringsSep ", " (
      lib.unique (
        map ({ from, to }: if from == to then toString from else "${toString from}-${toString to}") ranges
      )
    );
  # The fragments alone, in a table of their own: checking them does not need the running rules.
  checkFile = pkgs.writeText "fragments.nft" ''
    table inet nixmox-check {
      chain input {
        include "${directory}/*${suffix}"
      }
    }
  '';
in
{
  networking.nftables.enable = true;
  networking.firewall = {
    enable = true;
    extraInputRules = ''
      ip saddr { ${lib.concatStringsSep ", " network.sshSources} } tcp dport 22 accept comment "SSH"
      include "${directory}/*${suffix}"
    '';
  };

  # The deployment looks here before it switches, so that it does not lock itself out.
  environment.etc."nixmox/ssh-from".text = lib.concatLines network.sshSources;

  nixmox.fragments.firewall = {
    suffix = ".nft";
    check = "${nft} --check --file ${checkFile}";
    apply = "systemctl try-reload-or-restart nftables.service";
  };

  assertions = [
    {
      assertion = undeclared == [ ];
      message = "Unable to configure ${service.name}: it opens port ${show undeclared} to everyone, which is not among its ports. Add it to `ports` in the manifest, or remove it from networking.firewall.";
    }
    {
      assertion = tooOpen == [ ];
      message = "Unable to configure ${service.name}: it opens port ${show tooOpen} to everyone, though `ports` in the manifest says whom it is for. Remove it from networking.firewall (a module's openFirewall may have put it there), or remove `from` in the manifest.";
    }
    {
      assertion = firewall.enable;
      message = "Unable to configure ${service.name}: its firewall is off, so every port is open to everyone. Remove networking.firewall.enable = false.";
    }
    {
      assertion = network.sshSources != [ ];
      message = "Unable to configure ${service.name}: network.ssh_from is empty, so no one could log in any more. Name the network that deployments come from in the manifest.";
    }
  ];
}
