# systemd's units and temporary files.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.systemd;
  inherit (import ../eval/lib/unit-options.nix { inherit lib; })
    description
    option
    renderSection
    section
    units
    ;
  flag =
    default: description:
    mkOption {
      type = types.bool;
      inherit default description;
    };
  script =
    description:
    mkOption {
      type = types.lines;
      default = "";
      inherit description;
    };

  service = types.submodule (
    {
      name,
      config,
      options,
      ...
    }:
    let
      limit = each: lib.mkIf each.isDefined each.value;
      run = step: text: "${pkgs.writeShellScript "${name}-${step}" "set -e\n${text}"}";
    in
    {
      options = {
        enable = flag true "Whether the unit can be started.";
        inherit description;
        wantedBy = units "Units that start it.";
        requiredBy = units "Units that need it.";
        wants = units "Units that it starts.";
        requires = units "Units that it needs.";
        after = units "Units that it starts after.";
        before = units "Units that it starts before.";
        unitConfig = section "Directives of [Unit].";
        serviceConfig = section "Directives of [Service].";
        environment = mkOption {
          type = types.attrsOf (
            types.nullOr (
              types.oneOf [
                types.str
                types.path
                types.package
              ]
            )
          );
          default = { };
          description = "Environment variables; null removes one.";
        };
        path = mkOption {
          type = types.listOf (types.either types.package types.str);
          default = [ ];
          description = "Packages whose programs are on its PATH.";
        };
        script = script "What it runs, as shell text.";
        preStart = script "What runs before.";
        postStart = script "What runs once it is up.";
        startLimitIntervalSec = mkOption {
          type = types.int;
          description = "Seconds in which startLimitBurst counts.";
        };
        startLimitBurst = mkOption {
          type = types.int;
          description = "How often it may be started.";
        };
        restartTriggers = mkOption {
          type = types.listOf types.unspecified;
          default = [ ];
          description = "Values whose change restarts it.";
        };
        reloadTriggers = mkOption {
          type = types.listOf option;
          default = [ ];
          description = "Values whose change reloads it.";
        };
        restartIfChanged = flag true "Whether a change restarts it.";
        reloadIfChanged = flag false "Whether a change reloads it instead of restarting it.";
        stopIfChanged = flag true "Whether it stops before activation rather than after.";
      };
      config = {
        environment.PATH = lib.mkDefault "${
          lib.concatMapStrings (package: "${package}/bin:") config.path
        }/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        serviceConfig = lib.mkMerge [
          (lib.mkIf (config.script != "") { ExecStart = run "start" config.script; })
          (lib.mkIf (config.preStart != "") {
            ExecStartPre = [ (run "pre-start" config.preStart) ];
          })
          (lib.mkIf (config.postStart != "") {
            ExecStartPost = [ (run "post-start" config.postStart) ];
          })
        ];
        unitConfig = {
          Description = lib.mkIf (config.description != "") config.description;
          Wants = config.wants;
          Requires = config.requires;
          After = config.after;
          Before = config.before;
          StartLimitIntervalSec = limit options.startLimitIntervalSec;
          StartLimitBurst = limit options.startLimitBurst;
          X-Restart-Triggers = map toString config.restartTriggers;
          X-Reload-Triggers = map toString config.reloadTriggers;
        };
      };
    }
  );

  render =
    unit:
    renderSection "Unit" unit.unitConfig
    + renderSection "Service" (
      unit.serviceConfig
      // {
        Environment =
          lib.mapAttrsToList (name: value: builtins.toJSON "${name}=${toString value}") (
            lib.filterAttrs (_: value: value != null) unit.environment
          )
          ++ lib.toList (unit.serviceConfig.Environment or [ ]);
        X-ReloadIfChanged = if unit.reloadIfChanged then true else null;
        X-RestartIfChanged = if unit.restartIfChanged then null else false;
        X-StopIfChanged = if unit.stopIfChanged then null else false;
      }
    );

  files =
    name: unit:
    let
      links =
        kind: targets:
        map (target: lib.nameValuePair "systemd/system/${target}.${kind}/${name}.service" link) targets;
      link.source = "/etc/systemd/system/${name}.service";
    in
    [
      (lib.nameValuePair "systemd/system/${name}.service" (
        if unit.enable then { text = render unit; } else { source = "/dev/null"; }
      ))
    ]
    ++ lib.optionals unit.enable (links "wants" unit.wantedBy ++ links "requires" unit.requiredBy);
in
{
  options.systemd = {
    services = mkOption {
      type = types.attrsOf service;
      default = { };
      description = "Service units by name.";
    };
    tmpfiles.rules = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Lines of tmpfiles.d(5).";
    };
  };

  config = {
    environment.etc = lib.listToAttrs (lib.concatLists (lib.mapAttrsToList files cfg.services)) // {
      "tmpfiles.d/00-nixos.conf".text = lib.concatLines cfg.tmpfiles.rules;
    };

    # After a reboot the generation that the profile names is the active one.
    systemd.services.nixos-activation = {
      description = "Activation of the current NixOS generation";
      wantedBy = [ "sysinit.target" ];
      before = [
        "sysinit.target"
        "systemd-tmpfiles-setup.service"
      ];
      after = [ "local-fs.target" ];
      unitConfig.DefaultDependencies = false;
      restartIfChanged = false;
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
        ExecStart = "/nix/var/nix/profiles/system/activate at-boot";
      };
    };
  };
}
