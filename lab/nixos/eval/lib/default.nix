# The part of nixpkgs' `lib` that NixOS modules of this size use, under the same names.
let
  lib =
    import ./basics.nix
    // import ./properties.nix { inherit lib; }
    // import ./definitions.nix { inherit lib; }
    // import ./modules.nix { inherit lib; }
    // import ./docs.nix { inherit lib; }
    // {
      types = import ./types.nix { inherit lib; };
    };
in
lib
