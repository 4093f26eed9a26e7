# Modules become one configuration: options are declared once and defined anywhere.
{ lib }:
let
  inherit (builtins)
    attrNames
    concatMap
    filter
    isAttrs
    isFunction
    length
    mapAttrs
    removeAttrs
    zipAttrsWith
    ;
  inherit (lib) isOption mergeDefinitions showOption;

  # Every module that is reached through imports, once, in nixpkgs' order: the last named first, so
  # that what a module adds to a list comes after what its imports did.
  collect =
    args: modules:
    lib.reverseList (
      map (m: m.module) (
        builtins.genericClosure {
          startSet = lib.imap1 (n: load args "the configuration" (toString n)) modules;
          operator =
            { key, module }: lib.imap1 (n: load args module.file "${key}:${toString n}") module.imports;
        }
      )
    );

  load =
    args: parent: position: source:
    let
      isFile = builtins.isPath source || builtins.isString source;
      content = if isFile then import source else source;
      value = if isFunction content then content args else content;
      file = value._file or (if isFile then toString source else parent);
    in
    {
      key = if isFile then toString source else position;
      module = normalise file value;
    };

  # A module that names neither options nor config is config as a whole.
  normalise =
    file: value:
    let
      kept = [
        "_file"
        "key"
        "imports"
        "options"
        "config"
        "meta"
        "freeformType"
      ];
      stray = attrNames (removeAttrs value kept);
      explicit = value ? config || value ? options;
    in
    if !isAttrs value then
      throw "Unable to use module `${file}': it is neither a set nor a function that gives one."
    else if value ? disabledModules || value ? specialisation then
      throw "Unable to use module `${file}': the lab has no disabledModules and no specialisation."
    else if explicit && stray != [ ] then
      throw "Module `${file}' has an unsupported attribute `${builtins.head stray}': beside `options' or `config', definitions belong in `config'."
    else
      {
        inherit file;
        imports = value.imports or [ ];
        options = value.options or { };
        freeformType = value.freeformType or null;
        config =
          if explicit then
            value.config or { }
          else
            removeAttrs value [
              "_file"
              "key"
              "imports"
              "meta"
              "freeformType"
            ];
      };

  # What several sets have under each name, with the file that each is from.
  byName =
    pick: all:
    zipAttrsWith (_: found: found) (
      map (
        x:
        mapAttrs (_: value: {
          inherit (x) file;
          inherit value;
        }) (pick x)
      ) all
    );

  # Declarations and definitions below one path; what no declaration covers is `unmatched`.
  mergeTree =
    loc: declarations: definitions:
    let
      declared = byName (d: d.value) declarations;
      defined = byName (d: d.value) definitions;
      children = mapAttrs (
        name: decls:
        let
          here = loc ++ [ name ];
          defs = defined.${name} or [ ];
          options = filter (d: isOption d.value) decls;
        in
        if options == [ ] then
          mergeTree here decls (concatMap (lib.pushDown here) defs)
        else if length decls > 1 then
          throw "The option `${showOption here}' is declared more than once: in ${
            lib.concatMapStringsSep " and " (d: "`${d.file}'") decls
          }."
        else
          mergeOption here (builtins.head options) defs
      ) declared;
    in
    {
      value = mapAttrs (_: c: c.value) children;
      options = mapAttrs (_: c: c.options) children;
      unmatched =
        concatMap (c: c.unmatched) (builtins.attrValues children)
        ++ map (name: {
          loc = loc ++ [ name ];
          defs = defined.${name};
        }) (attrNames (removeAttrs defined (attrNames declared)));
    };

  mergeOption =
    loc: declaration: defs:
    let
      option = declaration.value;
      fallback = lib.optional (option ? default) {
        inherit (declaration) file;
        value = lib.mkOptionDefault option.default;
      };
      merged = mergeDefinitions loc (option.type or lib.types.unspecified) (defs ++ fallback);
      value =
        if option.readOnly or false && length defs > 1 then
          throw "The option `${showOption loc}' is read-only, but it is set multiple times. ${lib.showDefs defs}"
        else
          (option.apply or lib.id) merged.value;
    in
    {
      inherit value;
      unmatched = [ ];
      options = option // {
        inherit loc value;
        declarations = [ declaration.file ];
        # As they are: also those whose condition does not hold.
        definitions = defs;
        inherit (merged) isDefined;
      };
    };

  refuse =
    { loc, defs }:
    throw "The option `${showOption loc}' does not exist. ${lib.showDefs defs}\nThe lab has the options that lab/nixos/modules declare; NixOS has more.";
in
{
  evalModules =
    {
      modules,
      specialArgs ? { },
      prefix ? [ ],
    }:
    let
      args = {
        inherit lib options;
        config = value;
      }
      // specialArgs;
      all = collect args modules;
      freeform = lib.findFirst (type: type != null) null (map (m: m.freeformType) all);
      tree =
        mergeTree prefix
          (map (m: {
            inherit (m) file;
            value = m.options;
          }) all)
          (
            concatMap (
              m:
              lib.pushDown prefix {
                inherit (m) file;
                value = m.config;
              }
            ) all
          );
      inherit (tree) options;
      free = map (
        { loc, defs }:
        map (d: {
          inherit (d) file;
          value = lib.setAttrByPath (lib.drop (length prefix) loc) d.value;
        }) defs
      ) tree.unmatched;
      value =
        if freeform == null || free == [ ] then
          tree.value
        else
          lib.recursiveUpdate (freeform.merge prefix (builtins.concatLists free)) tree.value;
    in
    {
      inherit options;
      freeformType = freeform;
      inherit (tree) unmatched;
      config =
        if freeform == null && tree.unmatched != [ ] then refuse (builtins.head tree.unmatched) else value;
    };
}
