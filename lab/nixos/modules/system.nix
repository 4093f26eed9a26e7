# The system as a whole: one store path with everything below /etc, the programs, and how to
# activate it.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  inherit (config) environment;
  inherit (config.system) activationScripts etcTrees;
  exposed = map (
    { name, files }:
    "`${name}' holds a secret, which everyone can read in the Nix store. Name a file that the host has, or pass it by LoadCredential. It is defined in ${
      lib.concatMapStringsSep " and " (file: "`${file}'") files
    }."
  ) (lib.exposedSecrets options);
  failed = map (a: a.message) (lib.filter (a: !a.assertion) config.assertions);
  warned = lib.foldl' (x: text: builtins.trace "warning: ${text}" x);
  name = if config.networking.hostName == "" then "unnamed" else config.networking.hostName;
  version = "${lib.trivial.release}.lab";

  writeEtc =
    file:
    let
      target = lib.escapeShellArg file.target;
    in
    ''
      mkdir -p "$out/etc/$(dirname ${target})"
    ''
    + (
      if file.text != null then
        "printf %s ${lib.escapeShellArg file.text} > $out/etc/${target}\n"
      else
        "ln -s ${file.source} $out/etc/${target}\n"
    );
  writeTree = target: source: ''
    mkdir -p $out/etc/${target}
    ln -s ${source}/* $out/etc/${target}/
  '';

  snippets = pkgs.writeText "activation" (
    lib.concatLines (lib.mapAttrsToList (name: script: "# ${name}\n${script.text}") activationScripts)
  );

  toplevel = pkgs.runCommand "nixos-system-${name}-${version}" { } ''
    mkdir -p $out/bin $out/etc $out/sw/bin
    ${lib.concatMapStrings writeEtc (lib.filter (file: file.enable) (lib.attrValues environment.etc))}
    ${lib.concatStrings (lib.mapAttrsToList writeTree etcTrees)}
    ${lib.concatMapStrings (
      package: "ln -sf ${package}/bin/* $out/sw/bin/\n"
    ) environment.systemPackages}
    sed -e "s|@system@|$out|" -e "s|@snippets@|${snippets}|" ${../eval/activate.sh} > $out/activate
    sed -e "s|@system@|$out|" -e "s|@checks@|${config.system.build.preSwitchChecksScript}|" \
      ${../eval/switch-to-configuration.sh} > $out/bin/switch-to-configuration
    ln -s ${config.system.build.inhibitSwitch} $out/switch-inhibitors
    echo systemd 2 > $out/init-interface-version
    chmod +x $out/activate $out/bin/switch-to-configuration
    printf %s ${version} > $out/nixos-version
  '';
in
{
  options = {
    assertions = mkOption {
      type = types.listOf types.attrs;
      default = [ ];
      description = "What must hold for the configuration to be built.";
    };
    warnings = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "What to say when the configuration is built.";
    };
    system = {
      stateVersion = mkOption {
        type = types.strMatching "[0-9]{2}\\.[0-9]{2}";
        description = "The release whose defaults the host's data was created with.";
      };
      activationScripts = mkOption {
        type = types.attrsOf (
          types.submodule {
            options.text = mkOption {
              type = types.lines;
              default = "";
              description = "Shell text.";
            };
          }
        );
        default = { };
        description = "What runs whenever the system is activated.";
      };
      etcTrees = mkOption {
        type = types.attrsOf types.path;
        default = { };
        internal = true;
        description = "Folders whose files are linked below /etc.";
      };
      build = mkOption {
        type = types.attrsOf types.raw;
        default = { };
        description = "What can be built from the configuration.";
      };
    };
  };

  config.system.build.toplevel =
    if failed != [ ] then
      throw "\nFailed assertions:\n${lib.concatMapStrings (message: "- ${message}\n") failed}"
    else if exposed != [ ] then
      throw (lib.concatLines exposed)
    else
      warned toplevel config.warnings;
}
