# `nixmox-login`: whether a web service on this host accepts a password. For modules, for health
# checks, and for the manifest's `verify`.
{
  config,
  lib,
  pkgs,
  ...
}:
{
  options.nixmox.login = lib.mkOption {
    type = lib.types.package;
    readOnly = true;
    description = "The command `nixmox-login USER URL`, which reads a password from stdin.";
  };

  config = {
    nixmox.login = pkgs.writeShellApplication {
      name = "nixmox-login";
      runtimeInputs = [ pkgs.curl ];
      text = builtins.readFile ./nixmox-login.sh;
    };
    environment.systemPackages = [ config.nixmox.login ];
  };
}
