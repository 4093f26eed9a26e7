/** Licences that ask nothing of people who use NixMox unchanged. */
const allowed = [
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "CC-BY-3.0",
  "CC0-1.0",
  "ISC",
  "MIT",
  "MPL-2.0",
  "PSF-2.0",
  "Python-2.0",
  "Unlicense",
];

/** Packages that declare no licence, and what their documentation or their sources say. */
const read: Readonly<Record<string, string>> = {
  "@goauthentik/api": "MIT",
  "@logdna/tail-file": "MIT",
  "github.com/pulumi-labs/pulumi-hcl": "Apache-2.0",
  // Data of github.com/sourcegraph/appdash, which has this licence.
  "github.com/sourcegraph/appdash-data": "MIT",
  precond: "MIT",
};

/** Whether a package's licence, an SPDX expression of AND and OR, is allowed. */
export function isAllowed(name: string, licence: string | undefined): boolean {
  const terms = (read[name] ?? licence ?? "").replace(/[()]/g, "").trim();
  return terms
    .split(" OR ")
    .some((term) => term.split(" AND ").every((id) => allowed.includes(id)));
}

/** Sentences that each licence has and others have not. */
const sentences: readonly (readonly [string, RegExp])[] = [
  ["MPL-2.0", /Mozilla Public License,? (version|v\.) ?2\.0/i],
  ["Apache-2.0", /Apache License,? Version 2\.0/],
  ["MIT", /Permission is hereby granted, free of charge, to any person/],
  ["BSD-3-Clause", /Redistribution and use in source and binary forms,? with or without/],
  ["ISC", /Permission to use, copy, modify, and(\/or)? distribute this software/],
  ["Unlicense", /This is free and unencumbered software released into the public domain/],
];

const refused = /GNU (AFFERO |LESSER )?GENERAL PUBLIC LICENSE Version|Business Source License/i;

/** The licence of a text; undefined if it is none of those above. */
export function recognize(text: string): string | undefined {
  const words = text.replace(/\s+/g, " ");
  const found = sentences.find(([, sentence]) => sentence.test(words))?.[0];
  // Mozilla's also mentions GNU's.
  return refused.test(words) && found !== "MPL-2.0" ? undefined : found;
}
