import { identify } from "../identify";
import { SUITE } from "../packages";
import { extractPackage } from "./debian";
import type { Extra } from "./extra";

const PACKAGE = "postgresql-15-pgvector";

/** An extension that PostgreSQL does not come with; its files are where no server looks for them. */
export const pgvector: Extra = {
  name: "pgvector",
  title: "pgvector",
  id: () => identify(SUITE, PACKAGE),
  build: (dir, log) => extractPackage(PACKAGE, dir, log),
};
