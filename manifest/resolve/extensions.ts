import type { ExtensionSpec } from "./spec";

/** What PostgreSQL itself comes with, in all of its releases since 13. */
const contrib = new Set(
  (
    "adminpack amcheck autoinc bloom btree_gin btree_gist citext cube dblink dict_int dict_xsyn earthdistance " +
    "file_fdw fuzzystrmatch hstore insert_username intagg intarray isn lo ltree moddatetime old_snapshot " +
    "pageinspect pg_buffercache pg_freespacemap pg_logicalinspect pg_overexplain pg_prewarm pg_stat_statements " +
    "pg_surgery pg_trgm pg_visibility pg_walinspect pgcrypto pgrowlocks pgstattuple plpgsql postgres_fdw refint " +
    "seg sslinfo tablefunc tcn tsm_system_rows tsm_system_time unaccent uuid-ossp xml2"
  ).split(" "),
);

/** Packages of nixpkgs' `postgresql.pkgs` that are not named like the extension. */
const packages: Readonly<Record<string, string>> = {
  address_standardizer: "postgis",
  address_standardizer_data_us: "postgis",
  anon: "anonymizer",
  datasketches: "apache_datasketches",
  h3: "h3-pg",
  h3_postgis: "h3-pg",
  hll: "pg_hll",
  http: "pgsql-http",
  libversion: "pg_libversion",
  plperlu: "plperl",
  plpython3u: "plpython3",
  pltclu: "pltcl",
  postgis_raster: "postgis",
  postgis_sfcgal: "postgis",
  postgis_tiger_geocoder: "postgis",
  postgis_topology: "postgis",
  roaringbitmap: "pg_roaringbitmap",
  semver: "pg-semver",
  topn: "pg_topn",
  ulid: "pgx_ulid",
  vchord: "vectorchord",
  vector: "pgvector",
  vectors: "pgvecto-rs",
  vectorscale: "pgvectorscale",
};

/** Packages of nixpkgs that are named like the extension. */
const sameNames = new Set(
  (
    "age citus hypopg lantern ogr_fdw periods pg-gvm pg_auto_failover pg_bigm pg_cron pg_ed25519 pg_hint_plan pg_ivm pg_net " +
    "pg_partman pg_rational pg_relusage pg_repack pg_search pg_similarity pg_squeeze pg_uuidv7 pgaudit pgjwt pgmq pgroonga " +
    "pgrouting pgsodium pgtap plperl plpgsql_check plr pltcl plv8 pointcloud postgis rum smlar sqlite_fdw system_stats tds_fdw " +
    "temporal_tables timescaledb timescaledb_toolkit tsja"
  ).split(" "),
);

/** Extensions whose creation brings in others that come in packages of their own. */
const needs: Readonly<Record<string, readonly string[]>> = {
  h3_postgis: ["postgis"],
  pgrouting: ["postgis"],
  vchord: ["vector"],
  vectorscale: ["vector"],
};

/** Libraries that the server must load when it starts, or the extension cannot be used. */
const preloaded: Readonly<Record<string, string>> = {
  citus: "citus",
  pg_cron: "pg_cron",
  pg_ivm: "pg_ivm",
  pg_net: "pg_net",
  pg_search: "pg_search",
  pg_squeeze: "pg_squeeze",
  pg_stat_statements: "pg_stat_statements",
  pgaudit: "pgaudit",
  pgsodium: "pgsodium",
  timescaledb: "timescaledb",
  vchord: "vchord",
  vectors: "vectors",
};

/** What people call extensions by the name of their project or package. */
const nicknames: Readonly<Record<string, string>> = {
  pgvector: "vector",
  "pgvecto-rs": "vectors",
  pgvectorscale: "vectorscale",
  vectorchord: "vchord",
  timescale: "timescaledb",
  uuid_ossp: "uuid-ossp",
  pg_hll: "hll",
  pgsql_http: "http",
  pgx_ulid: "ulid",
  pg_stat_statement: "pg_stat_statements",
};

/** The names of all extensions that are known here. */
export const knownExtensions: readonly string[] = [
  ...contrib,
  ...sameNames,
  ...Object.keys(packages),
];

/** The extension that people mean who write the name of its project or package. */
export function extensionMeant(name: string): string | undefined {
  return Object.hasOwn(nicknames, name) ? nicknames[name] : undefined;
}

/**
 * What a server needs for an extension and those that it brings in. An extension that is not known
 * here may have a package of its own name, or come with the host's own configuration.
 */
export function extensionsFor(name: string, wantedBy: string): ExtensionSpec[] {
  const preload = Object.hasOwn(preloaded, name) ? preloaded[name] : undefined;
  const isKnown = knownExtensions.includes(name);
  const own = Object.hasOwn(packages, name) ? packages[name]! : name;
  const others = Object.hasOwn(needs, name) ? needs[name]! : [];
  return [
    ...(contrib.has(name) && preload === undefined
      ? []
      : [
          {
            name,
            package: contrib.has(name) ? undefined : own,
            known: isKnown,
            preload,
            wanted_by: wantedBy,
          },
        ]),
    ...others.flatMap((other) => extensionsFor(other, wantedBy)),
  ];
}
