# Reads the manifest: on a host its own slice, in a checkout the whole file.
let
  slice = ../../manifest.json;
  whole = ../../manifest + "/nixmox.toml";
  resolve = import ./resolve.nix;
in
if builtins.pathExists slice then
  resolve (builtins.fromJSON (builtins.readFile slice))
else
  resolve (builtins.fromTOML (builtins.readFile whole))
