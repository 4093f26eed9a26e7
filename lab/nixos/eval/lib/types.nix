# Option types: what a definition may be (`check`) and how several make one value (`merge`).
{ lib }:
let
  inherit (builtins)
    isAttrs
    isBool
    isFloat
    isInt
    isList
    isString
    ;
  inherit (lib) mergeDefinitions mergeEqual mergeOne;

  mkType =
    {
      description,
      check,
      merge ? mergeEqual,
    }:
    {
      _type = "option-type";
      inherit description check merge;
    };

  between =
    description: low: high:
    mkType {
      inherit description;
      check = x: isInt x && x >= low && x <= high;
    };
  withSeparator =
    description: separator:
    mkType {
      inherit description;
      check = isString;
      merge = _: defs: lib.concatMapStringsSep separator (d: d.value) defs;
    };
  attrsOf =
    elem:
    mkType {
      description = "attribute set of ${elem.description}";
      check = isAttrs;
      merge =
        loc: defs:
        let
          sets = builtins.concatMap (lib.pushDown loc) defs;
          byName = builtins.zipAttrsWith (_: defs: defs) (
            map (
              d:
              builtins.mapAttrs (_: value: {
                inherit (d) file;
                inherit value;
              }) d.value
            ) sets
          );
          merged = builtins.mapAttrs (name: mergeDefinitions (loc ++ [ name ]) elem) byName;
        in
        builtins.mapAttrs (_: m: m.value) (lib.filterAttrs (_: m: m.isDefined) merged);
    };
in
rec {
  inherit attrsOf mkType;

  unspecified = mkType {
    description = "unspecified value";
    check = _: true;
    merge = mergeOne;
  };
  raw = mkType {
    description = "raw value";
    check = _: true;
    merge = mergeOne;
  };
  anything = unspecified // {
    description = "anything";
    merge = mergeEqual;
  };
  bool = mkType {
    description = "boolean";
    check = isBool;
  };
  int = mkType {
    description = "signed integer";
    check = isInt;
  };
  float = mkType {
    description = "floating point number";
    check = isFloat;
  };
  number = either int float;
  ints = {
    inherit between;
    unsigned = between "unsigned integer" 0 9223372036854775807;
    positive = between "positive integer" 1 9223372036854775807;
  };
  port = between "16 bit unsigned integer; between 0 and 65535 (both inclusive)" 0 65535;
  str = mkType {
    description = "string";
    check = isString;
  };
  nonEmptyStr = mkType {
    description = "non-empty string";
    check = x: isString x && builtins.match "[ \t\n]*" x == null;
  };
  singleLineStr = mkType {
    description = "(optionally newline-terminated) single-line string";
    check = x: isString x && builtins.match "[^\n\r]*\n?" x != null;
    merge = loc: defs: lib.removeSuffix "\n" (mergeEqual loc defs);
  };
  strMatching =
    pattern:
    mkType {
      description = "string matching the pattern ${pattern}";
      check = x: isString x && builtins.match pattern x != null;
    };
  lines = withSeparator "strings concatenated with \"\\n\"" "\n";
  commas = withSeparator "strings concatenated with \",\"" ",";
  path = mkType {
    description = "absolute path";
    check = x: lib.isStringLike x && lib.hasPrefix "/" (toString x);
  };
  package = mkType {
    description = "package";
    check = x: lib.isDerivation x || lib.isStringLike x && lib.isStorePath x;
    merge = mergeOne;
  };
  attrs = mkType {
    description = "attribute set";
    check = isAttrs;
    merge = _: builtins.foldl' (all: d: all // d.value) { };
  };
  lazyAttrsOf = attrsOf;
  enum =
    values:
    mkType {
      description = "one of ${lib.concatMapStringsSep ", " builtins.toJSON values}";
      check = x: builtins.elem x values;
    };
  nullOr =
    elem:
    mkType {
      description = "null or ${elem.description}";
      check = x: x == null || elem.check x;
      merge =
        loc: defs:
        if builtins.all (d: d.value == null) defs then
          null
        else if builtins.any (d: d.value == null) defs then
          mergeEqual loc defs
        else
          elem.merge loc defs;
    };
  uniq =
    elem:
    elem
    // {
      merge = mergeOne;
    };
  addCheck = elem: check: elem // { check = x: elem.check x && check x; };
  listOf =
    elem:
    mkType {
      description = "list of ${elem.description}";
      check = isList;
      merge =
        loc: defs:
        let
          entries =
            d:
            lib.imap1 (
              n: value: mergeDefinitions (loc ++ [ "[${toString n}]" ]) elem [ (d // { inherit value; }) ]
            ) d.value;
        in
        map (m: m.value) (builtins.filter (m: m.isDefined) (builtins.concatMap entries defs));
    };
  either =
    a: b:
    mkType {
      description = "${a.description} or ${b.description}";
      check = x: a.check x || b.check x;
      merge =
        loc: defs:
        if builtins.all (d: a.check d.value) defs then
          a.merge loc defs
        else if builtins.all (d: b.check d.value) defs then
          b.merge loc defs
        else
          mergeOne loc defs;
    };
  oneOf = all: builtins.foldl' either (builtins.head all) (builtins.tail all);
  functionTo =
    elem:
    mkType {
      description = "function that evaluates to a(n) ${elem.description}";
      check = lib.isFunction;
      merge =
        loc: defs: argument:
        elem.merge loc (map (d: d // { value = d.value argument; }) defs);
    };
  coercedTo =
    from: convert: to:
    mkType {
      description = "${to.description} or ${from.description} convertible to it";
      check = x: to.check x || from.check x && to.check (convert x);
      merge =
        loc: defs:
        to.merge loc (
          map (d: d // { value = if from.check d.value then convert d.value else d.value; }) defs
        );
    };
  submodule =
    modules:
    mkType {
      description = "submodule";
      check = x: isAttrs x || lib.isFunction x || builtins.isPath x;
      merge =
        loc: defs:
        (lib.evalModules {
          prefix = loc;
          # As imports, so that what the type itself defines comes first.
          modules =
            map (m: { imports = [ m ]; }) (lib.toList modules)
            ++ map (
              d:
              {
                _file = d.file;
              }
              // (if isAttrs d.value then { config = d.value; } else { imports = [ d.value ]; })
            ) defs;
          specialArgs.name = lib.last loc;
        }).config;
    };
}
