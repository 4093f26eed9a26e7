# Attribute sets, lists and strings.
let
  inherit (builtins)
    attrNames
    concatStringsSep
    elemAt
    filter
    foldl'
    isAttrs
    isList
    isString
    length
    listToAttrs
    map
    stringLength
    substring
    ;

  self = {
    inherit (builtins)
      all
      any
      attrNames
      attrValues
      concatLists
      concatMap
      concatStringsSep
      elem
      elemAt
      filter
      foldl'
      fromJSON
      functionArgs
      genList
      getAttr
      hasAttr
      head
      intersectAttrs
      isAttrs
      isBool
      isFunction
      isInt
      isList
      isString
      length
      listToAttrs
      mapAttrs
      match
      pathExists
      readFile
      replaceStrings
      seq
      split
      splitVersion
      stringLength
      substring
      tail
      toJSON
      tryEval
      zipAttrsWith
      ;

    id = x: x;
    const = x: _: x;
    flip =
      f: a: b:
      f b a;
    min = a: b: if a < b then a else b;
    max = a: b: if a > b then a else b;
    mod = a: b: a - b * (a / b);
    throwIf = condition: message: if condition then throw message else x: x;
    throwIfNot = condition: message: if condition then x: x else throw message;

    optional = condition: x: if condition then [ x ] else [ ];
    optionals = condition: xs: if condition then xs else [ ];
    optionalAttrs = condition: attrs: if condition then attrs else { };
    optionalString = condition: text: if condition then text else "";
    singleton = x: [ x ];
    toList = x: if isList x then x else [ x ];
    last = xs: elemAt xs (length xs - 1);
    range = from: to: builtins.genList (n: from + n) (if to < from then 0 else to - from + 1);
    take = n: xs: builtins.genList (elemAt xs) (self.min n (length xs));
    drop = n: xs: builtins.genList (i: elemAt xs (i + n)) (self.max 0 (length xs - n));
    reverseList = xs: builtins.genList (i: elemAt xs (length xs - 1 - i)) (length xs);
    imap1 = f: xs: builtins.genList (i: f (i + 1) (elemAt xs i)) (length xs);
    unique = foldl' (seen: x: if builtins.elem x seen then seen else seen ++ [ x ]) [ ];
    flatten = x: if isList x then builtins.concatMap self.flatten x else [ x ];
    findFirst =
      test: default: xs:
      let
        found = filter test xs;
      in
      if found == [ ] then default else builtins.head found;
    sort = builtins.sort;
    naturalSort = builtins.sort (a: b: a < b);

    nameValuePair = name: value: { inherit name value; };
    mapAttrs' = f: attrs: listToAttrs (map (name: f name attrs.${name}) (attrNames attrs));
    mapAttrsToList = f: attrs: map (name: f name attrs.${name}) (attrNames attrs);
    attrsToList = self.mapAttrsToList self.nameValuePair;
    genAttrs = names: f: listToAttrs (map (name: self.nameValuePair name (f name)) names);
    filterAttrs =
      test: attrs:
      listToAttrs (
        map (name: self.nameValuePair name attrs.${name}) (
          filter (name: test name attrs.${name}) (attrNames attrs)
        )
      );
    concatMapAttrs = f: attrs: foldl' (all: one: all // one) { } (self.mapAttrsToList f attrs);
    setAttrByPath =
      path: value:
      if path == [ ] then
        value
      else
        { ${builtins.head path} = self.setAttrByPath (builtins.tail path) value; };
    attrByPath =
      path: default: attrs:
      if path == [ ] then
        attrs
      else if isAttrs attrs && attrs ? ${builtins.head path} then
        self.attrByPath (builtins.tail path) default attrs.${builtins.head path}
      else
        default;
    # The outermost values that pass a test.
    collect =
      test: value:
      if test value then
        [ value ]
      else if isAttrs value then
        builtins.concatMap (self.collect test) (builtins.attrValues value)
      else
        [ ];
    recursiveUpdate =
      a: b:
      a
      // builtins.mapAttrs (
        name: value:
        if isAttrs value && isAttrs (a.${name} or null) then self.recursiveUpdate a.${name} value else value
      ) b;

    concatStrings = concatStringsSep "";
    concatMapStrings = f: xs: concatStringsSep "" (map f xs);
    concatMapStringsSep =
      separator: f: xs:
      concatStringsSep separator (map f xs);
    concatLines = self.concatMapStrings (line: line + "\n");
    hasPrefix = prefix: text: substring 0 (stringLength prefix) text == prefix;
    hasSuffix =
      suffix: text:
      let
        from = stringLength text - stringLength suffix;
      in
      from >= 0 && substring from (-1) text == suffix;
    hasInfix = infix: text: builtins.match ".*${self.escapeRegex infix}.*" (toString text) != null;
    removePrefix =
      prefix: text:
      if self.hasPrefix prefix text then substring (stringLength prefix) (-1) text else text;
    removeSuffix =
      suffix: text:
      if self.hasSuffix suffix text then
        substring 0 (stringLength text - stringLength suffix) text
      else
        text;
    splitString =
      separator: text: filter isString (builtins.split (self.escapeRegex separator) (toString text));
    escape = chars: builtins.replaceStrings chars (map (c: "\\${c}") chars);
    escapeRegex = self.escape (self.stringToCharacters "\\[{()^$?*+|.");
    escapeShellArg =
      arg:
      let
        text = toString arg;
      in
      if builtins.match "[[:alnum:],._+:@%/-]+" text != null then
        text
      else
        "'${builtins.replaceStrings [ "'" ] [ "'\\''" ] text}'";
    escapeShellArgs = self.concatMapStringsSep " " self.escapeShellArg;
    stringToCharacters = text: builtins.genList (i: substring i 1 text) (stringLength text);
    toUpper = builtins.replaceStrings (self.stringToCharacters "abcdefghijklmnopqrstuvwxyz") (
      self.stringToCharacters "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    );
    trim = text: builtins.head (builtins.match "[[:space:]]*(.*[^[:space:]]|)[[:space:]]*" text);
    toInt = text: builtins.fromJSON text;
    boolToString = value: if value then "true" else "false";
    versionAtLeast = a: b: builtins.compareVersions a b >= 0;
    versionOlder = a: b: builtins.compareVersions a b < 0;

    isDerivation = value: value.type or null == "derivation";
    isStorePath =
      value:
      self.hasPrefix "${builtins.storeDir}/" (toString value) && toString value != builtins.storeDir;
    isStringLike =
      value: isString value || builtins.isPath value || value ? outPath || value ? __toString;
    getExe = package: "${package}/bin/${package.meta.mainProgram or package.pname}";
    getExe' = package: name: "${package}/bin/${name}";
    getBin = package: package;
    makeBinPath = self.concatMapStringsSep ":" (package: "${package}/bin");
    literalExpression = text: {
      _type = "literalExpression";
      inherit text;
    };
  };
in
self
