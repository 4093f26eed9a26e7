import { identify } from "../identify";
import { SUITE } from "../packages";
import { extractPackage } from "./debian";
import type { Extra } from "./extra";

const PACKAGE = "postgresql-15-pgaudit";

/** An extension that PostgreSQL does not come with; its files are where no server looks for them. */
export const pgaudit: Extra = {
  name: "pgaudit",
  title: "pgaudit",
  id: () => identify(SUITE, PACKAGE),
  build: (dir, log) => extractPackage(PACKAGE, dir, log),
};
