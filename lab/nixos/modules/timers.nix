# systemd's timers.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  scalar = types.oneOf [
    types.bool
    types.int
    types.str
  ];
  section =
    description:
    mkOption {
      type = types.attrsOf (types.either (types.listOf scalar) scalar);
      default = { };
      inherit description;
    };
  units =
    description:
    mkOption {
      type = types.listOf types.str;
      default = [ ];
      inherit description;
    };

  timer = types.submodule (
    { config, ... }:
    {
      options = {
        enable = mkOption {
          type = types.bool;
          default = true;
          description = "Whether the timer can be started.";
        };
        description = mkOption {
          type = types.str;
          default = "";
          description = "What the timer is.";
        };
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

  word = value: if lib.isBool value then lib.boolToString value else toString value;
  lines =
    name: value:
    lib.concatMapStrings (one: "${name}=${word one}\n") (if lib.isList value then value else [ value ]);
  render =
    name: directives: "[${name}]\n${lib.concatStrings (lib.mapAttrsToList lines directives)}";
  files =
    name: unit:
    [
      (lib.nameValuePair "systemd/system/${name}.timer" (
        if unit.enable then
          { text = render "Unit" unit.unitConfig + render "Timer" unit.timerConfig; }
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
