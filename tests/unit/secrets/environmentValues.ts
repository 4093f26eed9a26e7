import fc from "fast-check";
import { unfitForEnvironment } from "../../../manifest/environmentFile";

/** Values as people get them from providers, with everything that a parser could take for its own. */
export const environmentValues: fc.Arbitrary<string> = fc
  .oneof(
    fc.string({
      unit: fc.constantFrom(..."\"'\\$`#;= \t\n!%{}()*~aZ0é🔑"),
      minLength: 1,
      maxLength: 24,
    }),
    fc.string({ unit: "binary", minLength: 1, maxLength: 24 }),
    fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 40 }),
  )
  .filter((value) => unfitForEnvironment(value) === undefined);
