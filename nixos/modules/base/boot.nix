# A Proxmox VE container comes back from a reboot without the links to the system that it runs, and
# then nobody can log in (NixOS/nixpkgs#529888).
{ lib, ... }:
let
  links = [
    "/run/current-system"
    "/run/booted-system"
  ];
in
{
  # Only at boot: a switch sets them itself.
  systemd.tmpfiles.rules = map (link: "L+! ${link} - - - - /nix/var/nix/profiles/system") links;

  # A link to the profile would follow it to the next generation before that is active, and hide what
  # differs between the two from the checks before a switch.
  systemd.services.nixmox-current-system = {
    description = "Links to the system that was booted";
    wantedBy = [ "multi-user.target" ];
    restartIfChanged = false;
    serviceConfig = {
      Type = "oneshot";
      RemainAfterExit = true;
    };
    script = ''
      for link in ${lib.concatStringsSep " " links}; do
        # A host that has not been booted with this yet may lack one.
        if system=$(readlink -e "$link"); then
          ln -sfT "$system" "$link.new"
          mv -T "$link.new" "$link"
        fi
      done
    '';
  };
  nixmox.sandbox.nixmox-current-system.ReadWritePaths = [ "/run" ];
}
