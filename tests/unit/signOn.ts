import assert from "node:assert/strict";
import type { Loaded } from "../../manifest/load";
import { base } from "./fixtures";
import type { Kind } from "./sso/manifest";

/** A manifest with an identity provider of which only the address is written. */
export const withProvider = (lines: string, kind: Kind = "authentik", more = "") =>
  `${base}[core_services.${kind}]\nip = "192.168.99.12"\n${more}\n` +
  `[groups.readers]\n[groups.operators]\nadmin = true\n[users.anna]\ngroups = ["readers"]\n${lines}`;

/** The same with a service `git`, and lines of its table. */
export const git = (lines: string, kind?: Kind) =>
  withProvider(`[services.git]\nip = "192.168.99.20"\nports = [3000]\n${lines}\n`, kind);

/** How users sign in to `git` itself, and further keys of its client. */
export const oidc = (keys = "") =>
  `{ type = "oidc", groups = ["readers"], oidc = { redirect_uris = ["https://git.nixmox.lan/cb"]${keys} } }`;

/** A service of a manifest. */
export const find = ({ manifest }: Loaded, wanted: string) =>
  manifest.services.find(({ name }) => name === wanted) ?? assert.fail(wanted);
