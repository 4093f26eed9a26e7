# Fragments: what a service needs on this host although it lives on another one. Each is a separate
# file in a directory that a daemon here reads; `nixmox-fragment` puts it there.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.nixmox.fragments;

  kind = types.submodule (
    { name, ... }:
    {
      options = {
        directory = mkOption {
          type = types.path;
          default = "${config.nixmox.stateDirectory}/${name}";
          description = "Where the daemon finds the fragments.";
        };
        suffix = mkOption {
          type = types.strMatching "\\.[a-z]+";
          example = ".conf";
          description = "Suffix of each fragment's file name.";
        };
        check = mkOption {
          type = types.lines;
          example = "unbound-checkconf";
          description = "Shell text that fails with the reason if the daemon would refuse the fragments as they are. $1 is the file that was put or removed.";
        };
        apply = mkOption {
          type = types.lines;
          default = "";
          description = "Shell text that makes the daemon read the fragments again. Empty: it notices changes by itself.";
        };
        group = mkOption {
          type = types.str;
          default = "root";
          description = "Group of the files: the daemon's, if not everyone may read them.";
        };
        mode = mkOption {
          type = types.strMatching "0[0-7]{3}";
          default = "0644";
          description = "Octal mode of the files.";
        };
      };
    }
  );

  describe = name: kind: {
    name = "nixmox/fragments/${name}";
    value.text = lib.concatLines (
      lib.mapAttrsToList (key: value: "${key}=${lib.escapeShellArg value}") {
        inherit (kind)
          directory
          suffix
          group
          mode
          ;
        check = pkgs.writeShellScript "check-${name}" "set -eu\n${kind.check}\n";
        apply = pkgs.writeShellScript "apply-${name}" "set -eu\n${kind.apply}\n";
      }
    );
  };
in
{
  options.nixmox.fragments = mkOption {
    type = types.attrsOf kind;
    default = { };
    description = "The kinds of fragments that this host accepts, by name.";
  };

  config = {
    environment.etc = lib.mapAttrs' describe cfg;
    environment.systemPackages = [
      (pkgs.writeShellApplication {
        name = "nixmox-fragment";
        runtimeInputs = [
          pkgs.coreutils
          pkgs.diffutils
          pkgs.util-linux
        ];
        text = ''
          NIXMOX_STATE=${config.nixmox.stateDirectory}
          ${builtins.readFile ./nixmox-fragment.sh}
        '';
      })
    ];
    systemd.tmpfiles.rules = lib.mapAttrsToList (_: kind: "d ${kind.directory} 0755 root root -") cfg;
  };
}
