# systemd's timers.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  inherit (import ../eval/lib/unit-options.nix { inherit lib; })
    description
    renderSection
    section
    units
    ;

  timer = types.submodule (
    { config, ... }:
    {
      options = {
        enable = mkOption {
          type = types.bool;
          default = true;
          description = "Whether the timer can be started.";
        };
        inherit description;
        wantedBy = units "Units that start it.";
        partOf = units "Units with which it stops and restarts.";
        after = units "Units that it starts after.";
        before = units "Units that it starts before.";
        unitConfig = section "Directives of [Unit].";
        timerConfig = section "Directives of [Timer].";
      };
      config.unitConfig = {
        Description = lib.mkIf (config.description != "") config.description;
        PartOf = config.partOf;
        After = config.after;
        Before = config.before;
      };
    }
  );

  files =
    name: unit:
    [
      (lib.nameValuePair "systemd/system/${name}.timer" (
        if unit.enable then
          { text = renderSection "Unit" unit.unitConfig + renderSection "Timer" unit.timerConfig; }
        else
          { source = "/dev/null"; }
      ))
    ]
    ++ lib.optionals unit.enable (
      map (
        target:
        lib.nameValuePair "systemd/system/${target}.wants/${name}.timer" {
          source = "/etc/systemd/system/${name}.timer";
        }
      ) unit.wantedBy
    );
in
{
  options.systemd.timers = mkOption {
    type = types.attrsOf timer;
    default = { };
    description = "Timer units by name.";
  };

  config.environment.etc = lib.listToAttrs (
    lib.concatLists (lib.mapAttrsToList files config.systemd.timers)
  );
}
