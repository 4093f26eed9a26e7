# Backups with restic, each a service and a timer.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.services.restic;
  option =
    type: default: description:
    mkOption { inherit type default description; };
  unitOptions = import ../../eval/lib/unit-options.nix { inherit lib; };
  words = description: option (types.listOf types.str) [ ] description;
  text = description: option (types.nullOr types.str) null description;

  backup = types.submodule (
    { config, ... }:
    {
      options = {
        package = lib.mkPackageOption pkgs "restic" { };
        paths = option (types.nullOr (types.listOf types.str)) [ ] "What it copies.";
        dynamicFilesFrom = text "Shell text that prints more of what it copies.";
        exclude = words "Patterns of what it leaves out.";
        command = words "Command whose output it keeps instead.";
        repository = text "Where it keeps copies.";
        repositoryFile = option (types.nullOr types.path) null "File that says where.";
        passwordFile = text "File with the repository's password.";
        environmentFile = text "File with what it needs to know to reach the repository.";
        initialize = option types.bool false "Whether it creates the repository.";
        user = option types.str "root" "User who it runs as.";
        timerConfig = option (types.nullOr (types.attrsOf unitOptions.option)) {
          OnCalendar = "daily";
          Persistent = true;
        } "When it runs, as in [Timer]; null: when it is started.";
        extraBackupArgs = words "Further arguments of `restic backup`.";
        extraOptions = words "Extended options of restic.";
        pruneOpts = words "Arguments of `restic forget --prune`, which runs after it.";
        checkOpts = words "Arguments of `restic check`.";
        runCheck = option types.bool (config.checkOpts != [ ]) "Whether `restic check` runs after it.";
        createWrapper = option types.bool true "Whether there is a command `restic-NAME`.";
        backupPrepareCommand = text "Shell text that runs before.";
        backupCleanupCommand = text "Shell text that runs after, also where it fails.";
      };
    }
  );

  commandOf =
    each: lib.getExe each.package + lib.concatMapStrings (word: " -o ${word}") each.extraOptions;
  environmentOf = name: each: {
    RESTIC_CACHE_DIR = "/var/cache/restic-backups-${name}";
    RESTIC_PASSWORD_FILE = each.passwordFile;
    RESTIC_REPOSITORY = each.repository;
    RESTIC_REPOSITORY_FILE = each.repositoryFile;
  };
  hasPaths = each: each.paths != null && each.paths != [ ];
  copiesFiles = each: hasPaths each || each.dynamicFilesFrom != null;
  run = name: text: lib.optionalString (text != null) "${pkgs.writeShellScript name text}\n";

  service =
    name: each:
    let
      restic = commandOf each;
      includes = "/run/restic-backups-${name}/includes";
      exclude = pkgs.writeText "exclude-patterns" (lib.concatStringsSep "\n" each.exclude);
    in
    {
      wants = [ "network-online.target" ];
      after = [ "network-online.target" ];
      restartIfChanged = false;
      environment = environmentOf name each;
      preStart =
        run "backup-prepare" each.backupPrepareCommand
        + lib.optionalString each.initialize "${restic} cat config >/dev/null || ${restic} init\n"
        + lib.optionalString (hasPaths each) "cat ${pkgs.writeText "static-paths" (lib.concatLines each.paths)} >>${includes}\n"
        + lib.optionalString (
          each.dynamicFilesFrom != null
        ) "${pkgs.writeShellScript "dynamic-files" each.dynamicFilesFrom} >>${includes}\n";
      serviceConfig = {
        Type = "oneshot";
        User = each.user;
        ExecStart =
          lib.optional (copiesFiles each) (
            lib.concatStringsSep " " (
              [ "${restic} backup" ]
              ++ each.extraBackupArgs
              ++ lib.optional (each.exclude != [ ]) "--exclude-file=${exclude}"
              ++ [ "--files-from=${includes}" ]
            )
          )
          ++ lib.optionals (each.pruneOpts != [ ]) [
            "${restic} unlock"
            "${restic} forget --prune ${lib.concatStringsSep " " each.pruneOpts}"
          ]
          ++ lib.optional each.runCheck "${restic} check ${lib.concatStringsSep " " each.checkOpts}";
        EnvironmentFile = lib.mkIf (each.environmentFile != null) each.environmentFile;
        ExecStopPost = [
          (pkgs.writeShellScript "backup-done" (
            run "backup-cleanup" each.backupCleanupCommand
            + lib.optionalString (copiesFiles each) "rm -f ${includes}"
          ))
        ];
        PrivateTmp = true;
        RuntimeDirectory = "restic-backups-${name}";
        CacheDirectory = "restic-backups-${name}";
        CacheDirectoryMode = "0700";
      };
    };

  wrapper =
    name: each:
    pkgs.writeShellScriptBin "restic-${name}" ''
      set -a
      ${lib.optionalString (each.environmentFile != null) "source ${each.environmentFile}"}
      ${lib.concatLines (
        lib.mapAttrsToList (key: value: "${key}=${lib.escapeShellArg value}") (
          lib.filterAttrs (_: value: value != null) (environmentOf name each)
        )
      )}
      exec ${commandOf each} "$@"
    '';
  unitName = name: "restic-backups-${name}";
in
{
  options.services.restic.backups = option (types.attrsOf backup) { } "Backups, by name.";

  config = {
    assertions = lib.concatLists (
      lib.mapAttrsToList (name: each: [
        {
          assertion =
            (each.repository == null) != (each.repositoryFile == null) || each.environmentFile != null;
          message = "services.restic.backups.${name}: exactly one of repository, repositoryFile or environmentFile should be set";
        }
        {
          assertion = each.passwordFile != null || each.environmentFile != null;
          message = "services.restic.backups.${name}: passwordFile or environmentFile must be set";
        }
        {
          assertion = each.command == [ ];
          message = "The lab's restic keeps no command's output. Leave services.restic.backups.${name}.command out, and write the output to a file in backupPrepareCommand.";
        }
      ]) cfg.backups
    );
    environment.systemPackages = lib.mapAttrsToList wrapper (
      lib.filterAttrs (_: each: each.createWrapper) cfg.backups
    );
    systemd.services = lib.mapAttrs' (
      name: each: lib.nameValuePair (unitName name) (service name each)
    ) cfg.backups;
    systemd.timers = lib.mapAttrs' (
      name: each:
      lib.nameValuePair (unitName name) {
        wantedBy = [ "timers.target" ];
        inherit (each) timerConfig;
      }
    ) (lib.filterAttrs (_: each: each.timerConfig != null) cfg.backups);
  };
}
