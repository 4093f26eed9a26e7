# Several definitions of one option become one value.
# A definition is { file; value; }; its value may be wrapped by mkIf, mkMerge, mkOverride, mkOrder.
{ lib }:
let
  inherit (builtins)
    concatMap
    filter
    foldl'
    isAttrs
    mapAttrs
    sort
    ;

  # The plain values in a wrapped one, each with its priority and order.
  discharge =
    value:
    {
      "if" = if value.condition then discharge value.content else [ ];
      merge = concatMap discharge value.contents;
      override = map (x: x // { inherit (value) priority; }) (discharge value.content);
      order = map (x: x // { order = value.priority; }) (discharge value.content);
    }
    .${value._type or ""} or [
      {
        inherit value;
        priority = 100;
        order = 1000;
      }
    ];

  show =
    value:
    let
      text =
        if isAttrs value && !lib.isDerivation value then
          "a set of ${lib.concatStringsSep ", " (builtins.attrNames value)}"
        else if builtins.isFunction value then
          "a function"
        else if lib.isStringLike value then
          ''"${toString value}"''
        else if builtins.isList value then
          "[ ${lib.concatMapStringsSep " " show value} ]"
        else
          builtins.toJSON value;
    in
    if builtins.stringLength text > 200 then builtins.substring 0 200 text + "..." else text;
in
rec {
  showOption = loc: lib.concatStringsSep "." loc;

  showDefs =
    defs: "Definition values:" + lib.concatMapStrings (d: "\n- In `${d.file}': ${show d.value}") defs;

  # Definitions whose values are not wrapped, each with its priority and order.
  plain = concatMap (d: map (x: x // { inherit (d) file; }) (discharge d.value));

  # Moves the wrapping of a set onto its attributes, so that these can be handled one by one.
  pushDown =
    loc:
    { file, value }:
    let
      inner =
        content:
        pushDown loc {
          inherit file;
          value = content;
        };
      onAttrs = wrap: map (d: d // { value = mapAttrs (_: wrap) d.value; }) (inner value.content);
    in
    {
      merge = concatMap inner value.contents;
      "if" = onAttrs (lib.mkIf value.condition);
      override = onAttrs (lib.mkOverride value.priority);
    }
    .${value._type or ""} or (
      if isAttrs value then
        [ { inherit file value; } ]
      else
        throw "The option `${showOption loc}' holds other options and can be no value by itself. ${
          showDefs [ { inherit file value; } ]
        }"
    );

  mergeDefinitions =
    loc: type: defs:
    let
      all = plain defs;
      strongest = foldl' (best: d: lib.min best d.priority) 9999 all;
      kept = sort (a: b: a.order < b.order) (filter (d: d.priority == strongest) all);
      wrong = filter (d: !type.check d.value) kept;
    in
    {
      isDefined = all != [ ];
      value =
        if kept == [ ] then
          throw "The option `${showOption loc}' is used but not defined."
        else if wrong != [ ] then
          throw "A definition for option `${showOption loc}' is not of type `${type.description}'. ${showDefs wrong}"
        else
          type.merge loc (map (d: { inherit (d) file value; }) kept);
    };

  # One definition, or several that say the same.
  mergeEqual =
    loc: defs:
    let
      first = (builtins.head defs).value;
    in
    if builtins.all (d: d.value == first) defs then
      first
    else
      throw "The option `${showOption loc}' has conflicting definition values. ${showDefs defs}";

  mergeOne =
    loc: defs:
    if builtins.length defs == 1 then
      (builtins.head defs).value
    else
      throw "The option `${showOption loc}' is defined multiple times. ${showDefs defs}";
}
