# master.cf of Postfix: what runs, and how.
{ lib }:
let
  inherit (lib) mkOption types;
  option =
    type: default: description:
    mkOption { inherit type default description; };
in
{
  # A line; what is not defined there is a dash.
  service = types.submodule (
    {
      config,
      name,
      options,
      ...
    }:
    let
      column = key: show: if options.${key}.isDefined then show config.${key} else "-";
      yes = value: if value then "y" else "n";
      open = type: description: mkOption { inherit type description; };
      wakeup = column "wakeup" toString;
      onlyIfUsed = options.wakeupUnusedComponent.isDefined && !config.wakeupUnusedComponent;
    in
    {
      options = {
        name = option types.str name "Its name, or where it listens.";
        type = option (types.enum [
          "inet"
          "unix"
          "unix-dgram"
          "fifo"
          "pass"
        ]) "unix" "What it listens at.";
        private = open types.bool "Whether only Postfix itself may speak to it.";
        privileged = open types.bool "Whether it keeps root's rights.";
        chroot = open types.bool "Whether it sees the queue alone.";
        wakeup = open types.int "Seconds after which it is woken up, again and again.";
        wakeupUnusedComponent = open types.bool "Whether it is woken up although nobody uses it.";
        maxproc = open types.int "How many processes of it there may be.";
        command = option types.str name "Its program.";
        args = option (types.listOf types.str) [ ] "Arguments of the program.";
        rawEntry = option (types.listOf types.str) [ ] "The columns of the line.";
      };
      config.rawEntry = [
        config.name
        config.type
        (column "private" yes)
        (column "privileged" (value: yes (!value)))
        (column "chroot" yes)
        (if wakeup != "-" && onlyIfUsed then "${wakeup}?" else wakeup)
        (column "maxproc" toString)
        (lib.concatStringsSep " " (
          [ config.command ] ++ map (each: if lib.hasPrefix "-" each then "\n  ${each}" else each) config.args
        ))
      ];
    }
  );

  # What Postfix has anyway.
  standard = {
    anvil.maxproc = 1;
    bounce.maxproc = 0;
    cleanup = {
      maxproc = 0;
      private = false;
    };
    defer = {
      command = "bounce";
      maxproc = 0;
    };
    discard = { };
    error = { };
    flush = {
      maxproc = 0;
      private = false;
      wakeup = 1000;
      wakeupUnusedComponent = false;
    };
    lmtp = { };
    local.privileged = true;
    pickup = {
      maxproc = 1;
      private = false;
      wakeup = 60;
    };
    proxymap = { };
    proxywrite = {
      command = "proxymap";
      maxproc = 1;
    };
    qmgr = {
      maxproc = 1;
      private = false;
      wakeup = 300;
    };
    retry.command = "error";
    rewrite.command = "trivial-rewrite";
    scache.maxproc = 1;
    showq.private = false;
    tlsmgr = {
      maxproc = 1;
      wakeup = 1000;
      wakeupUnusedComponent = false;
    };
    trace = {
      command = "bounce";
      maxproc = 0;
    };
    verify.maxproc = 1;
    virtual.privileged = true;
  };
}
