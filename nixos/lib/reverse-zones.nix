# The reverse zones that cover a network exactly: 99.168.192.in-addr.arpa for 192.168.99.0/24, and
# sixteen such for a /20.
{ lib }:
let
  power = base: exponent: if exponent == 0 then 1 else base * power base (exponent - 1);
in
{
  reverseZones =
    cidr:
    let
      parts = lib.splitString "/" cidr;
      octets = map lib.toInt (lib.splitString "." (lib.head parts));
      prefix = lib.toInt (lib.last parts);
      # Octets that name one zone; the last of them may take several values.
      named = lib.max 1 ((prefix + 7) / 8);
      zones = power 2 (8 * named - prefix);
      fixed = lib.take (named - 1) octets;
      varying = lib.elemAt octets (named - 1);
      start = varying - lib.mod varying zones;
      zoneOf =
        last:
        lib.concatMapStringsSep "." toString (lib.reverseList (fixed ++ [ last ])) + ".in-addr.arpa";
    in
    map zoneOf (lib.range start (start + zones - 1));
}
