# Option types: what a definition may be (`check`) and how several make one value (`merge`). Each is
# described as NixOS describes it, which is how the tests compare the two. A type with options inside
# also says which these are (`getSubOptions`), and which of them definitions set (`definedBelow`).
{ lib }:
let
  inherit (builtins)
    filter
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
      descriptionClass ? null,
      check,
      merge ? mergeEqual,
      getSubOptions ? _: { },
      definedBelow ? _: _: [ ],
    }:
    {
      _type = "option-type";
      inherit
        description
        descriptionClass
        check
        merge
        getSubOptions
        definedBelow
        ;
    };

  # A type's description within another's: in parentheses, unless it is of one of these classes.
  phrase =
    classes: type:
    if builtins.elem type.descriptionClass classes then type.description else "(${type.description})";
  noun = phrase [ "noun" ];
  element = phrase [
    "noun"
    "composite"
  ];
  alternative = phrase [
    "noun"
    "conjunction"
  ];

  show = value: if isString value then ''"${value}"'' else builtins.toJSON value;
  within = low: high: "between ${toString low} and ${toString high} (both inclusive)";
  unsignedOf =
    bits: high:
    between 0 high // { description = "${toString bits} bit unsigned integer; ${within 0 high}"; };
  between =
    low: high:
    mkType {
      description = "integer ${within low high}";
      descriptionClass = "noun";
      check = x: isInt x && x >= low && x <= high;
    };
  mapOf =
    kind: elem:
    mkType {
      description = "${kind} of ${element elem}";
      descriptionClass = "composite";
      check = isAttrs;
      merge =
        loc: defs:
        let
          merged = builtins.mapAttrs (name: mergeDefinitions (loc ++ [ name ]) elem) (byName loc defs);
        in
        builtins.mapAttrs (_: m: m.value) (lib.filterAttrs (_: m: m.isDefined) merged);
      getSubOptions = prefix: elem.getSubOptions (prefix ++ [ "<name>" ]);
      definedBelow =
        loc: defs:
        builtins.concatMap (elem.definedBelow (loc ++ [ "<name>" ])) (
          builtins.attrValues (byName loc defs)
        );
    };
  # What several sets have under each name.
  byName =
    loc: defs:
    builtins.zipAttrsWith (_: defs: defs) (
      map (
        d:
        builtins.mapAttrs (_: value: {
          inherit (d) file;
          inherit value;
        }) d.value
      ) (builtins.concatMap (lib.pushDown loc) defs)
    );
in
rec {
  inherit mkType;

  unspecified = mkType {
    description = "unspecified value";
    descriptionClass = "noun";
    check = _: true;
    merge = mergeOne;
  };
  raw = unspecified // {
    description = "raw value";
  };
  anything = unspecified // {
    description = "anything";
    merge = mergeEqual;
  };
  bool = mkType {
    description = "boolean";
    descriptionClass = "noun";
    check = isBool;
  };
  int = mkType {
    description = "signed integer";
    descriptionClass = "noun";
    check = isInt;
  };
  float = mkType {
    description = "floating point number";
    descriptionClass = "noun";
    check = isFloat;
  };
  number = either int float;
  ints = {
    inherit between;
    unsigned = between 0 9223372036854775807 // {
      description = "unsigned integer, meaning >=0";
      descriptionClass = "nonRestrictiveClause";
    };
    positive = between 1 9223372036854775807 // {
      description = "positive integer, meaning >0";
      descriptionClass = "nonRestrictiveClause";
    };
    u8 = unsignedOf 8 255;
    u16 = unsignedOf 16 65535;
    u32 = unsignedOf 32 4294967295;
  };
  port = ints.u16;
  str = mkType {
    description = "string";
    descriptionClass = "noun";
    check = isString;
  };
  nonEmptyStr = str // {
    description = "non-empty string";
    check = x: isString x && builtins.match "[ \t\n]*" x == null;
  };
  singleLineStr = str // {
    description = "(optionally newline-terminated) single-line string";
    check = x: isString x && builtins.match "[^\n\r]*\n?" x != null;
    merge = loc: defs: lib.removeSuffix "\n" (mergeEqual loc defs);
  };
  strMatching =
    pattern:
    str
    // {
      description = "string matching the pattern ${pattern}";
      check = x: isString x && builtins.match pattern x != null;
    };
  separatedString =
    separator:
    str
    // {
      description =
        if separator == "" then
          "Concatenated string"
        else
          "strings concatenated with ${builtins.toJSON separator}";
      merge = _: defs: lib.concatMapStringsSep separator (d: d.value) defs;
    };
  lines = separatedString "\n";
  commas = separatedString ",";
  envVar = separatedString ":";
  # What is a field of /etc/passwd.
  passwdEntry =
    elem:
    addCheck elem (x: builtins.match "[^:\n]*" (toString x) != null)
    // {
      description = "${noun elem}, not containing newlines or colons";
      descriptionClass = "nonRestrictiveClause";
    };
  path = mkType {
    description = "absolute path";
    descriptionClass = "noun";
    check = x: lib.isStringLike x && lib.hasPrefix "/" (toString x);
  };
  package = mkType {
    description = "package";
    descriptionClass = "noun";
    check = x: lib.isDerivation x || lib.isStringLike x && lib.isStorePath x;
    merge = mergeOne;
  };
  attrs = mkType {
    description = "attribute set";
    check = isAttrs;
    merge = _: builtins.foldl' (all: d: all // d.value) { };
  };
  attrsOf = mapOf "attribute set";
  lazyAttrsOf = mapOf "lazy attribute set";
  enum =
    values:
    let
      one = builtins.length values == 1;
    in
    mkType {
      description =
        if one then
          "value ${show (builtins.head values)} (singular enum)"
        else
          "one of ${lib.concatMapStringsSep ", " show values}";
      descriptionClass = if one then "noun" else "conjunction";
      check = x: builtins.elem x values;
    };
  nullOr =
    elem:
    elem
    // {
      description = "null or ${alternative elem}";
      descriptionClass = "conjunction";
      check = x: x == null || elem.check x;
      merge =
        loc: defs:
        if builtins.all (d: d.value == null) defs then
          null
        else if builtins.any (d: d.value == null) defs then
          mergeEqual loc defs
        else
          elem.merge loc defs;
      definedBelow = loc: defs: elem.definedBelow loc (filter (d: d.value != null) (lib.plain defs));
    };
  # Only one definition, whatever it is.
  uniq = elem: elem // { merge = mergeOne; };
  addCheck = elem: check: elem // { check = x: elem.check x && check x; };
  listOf =
    elem:
    let
      entries =
        loc: d:
        lib.imap1 (n: value: {
          loc = loc ++ [ "[${toString n}]" ];
          def = d // {
            inherit value;
          };
        }) d.value;
    in
    mkType {
      description = "list of ${element elem}";
      descriptionClass = "composite";
      check = isList;
      merge =
        loc: defs:
        map (m: m.value) (
          filter (m: m.isDefined) (
            map (e: mergeDefinitions e.loc elem [ e.def ]) (builtins.concatMap (entries loc) defs)
          )
        );
      getSubOptions = prefix: elem.getSubOptions (prefix ++ [ "*" ]);
      definedBelow =
        loc: defs:
        builtins.concatMap (e: elem.definedBelow (loc ++ [ "*" ]) [ e.def ]) (
          builtins.concatMap (entries loc) (lib.plain defs)
        );
    };
  either =
    a: b:
    mkType {
      description =
        if a.descriptionClass == "nonRestrictiveClause" then
          "${a.description}, or ${element b}"
        else
          "${alternative a} or ${
            phrase [
              "noun"
              "conjunction"
              "composite"
            ] b
          }";
      descriptionClass = "conjunction";
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
      description = "function that evaluates to a(n) ${element elem}";
      descriptionClass = "composite";
      check = lib.isFunction;
      merge =
        loc: defs: argument:
        elem.merge loc (map (d: d // { value = d.value argument; }) defs);
      getSubOptions = prefix: elem.getSubOptions (prefix ++ [ "<function body>" ]);
    };
  coercedTo =
    from: convert: to:
    let
      converted = map (d: d // { value = if from.check d.value then convert d.value else d.value; });
    in
    mkType {
      description = "${noun to} or ${noun from} convertible to it";
      check = x: to.check x || from.check x && to.check (convert x);
      merge = loc: defs: to.merge loc (converted defs);
      inherit (to) getSubOptions;
      definedBelow = loc: defs: to.definedBelow loc (converted (lib.plain defs));
    };
  submodule =
    modules:
    let
      evaluate =
        loc: defs:
        lib.evalModules {
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
        };
      inherit (evaluate [ "<name>" ] [ ]) freeformType;
    in
    mkType {
      description =
        if freeformType == null then "submodule" else "open submodule of ${element freeformType}";
      check = x: isAttrs x || lib.isFunction x || builtins.isPath x;
      merge = loc: defs: (evaluate loc defs).config;
      getSubOptions = loc: (evaluate loc [ ]).options;
      definedBelow = loc: defs: lib.definedOptions (_: true) (evaluate loc defs);
    };
}
