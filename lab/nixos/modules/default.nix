# Every option that the lab can activate, under NixOS's names; any other is refused by name.
let
  filesOf =
    folder:
    map (name: folder + "/${name}") (
      builtins.filter (name: builtins.match ".*\\.nix" name != null && name != "default.nix") (
        builtins.attrNames (builtins.readDir folder)
      )
    );
in
filesOf ./. ++ filesOf ./services
