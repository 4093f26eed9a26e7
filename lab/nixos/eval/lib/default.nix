# The part of nixpkgs' `lib` that NixOS modules of this size use, under the same names.
let
  lib =
    import ./basics.nix
    // import ./properties.nix { inherit lib; }
    // import ./definitions.nix { inherit lib; }
    // import ./modules.nix { inherit lib; }
    // import ./docs.nix { inherit lib; }
    // import ./exposed.nix { inherit lib; }
    // {
      # The release whose options the lab has: the one that flake.nix names.
      trivial.release = "26.05";
      types = import ./types.nix { inherit lib; };
    };
in
lib
