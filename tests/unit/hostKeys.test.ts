import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { before, describe, it } from "mocha";
import { HostKeys } from "../../components/hostKeys";
import { record } from "./recorder";

const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIED2OzKk+SfjNdUZaULBoS8IwJJglF1lkCgjoOtqUmeD";
const other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKQ0dPYFvUu8pFyXU3G9qJjYd2nUvWcQ7i0w3pZJ3r0K";

describe("the host keys of a stack", () => {
  before(() => void record());

  const keys = (table: Record<string, string>) => {
    const all = new HostKeys();
    for (const [host, each] of Object.entries(table)) all.add(host, pulumi.output(each));
    return all;
  };

  it("may differ", async () => {
    const all = keys({ notes: key, miniflux: other });
    await all.check("notes");
    await all.check("miniflux");
  });

  it("may not be shared: both hosts are named, with the fingerprint", async () => {
    const all = keys({ notes: key, dns: other, miniflux: key });
    await all.check("dns");
    await assert.rejects(
      all.check("miniflux"),
      /^Error: Unable to trust the host of miniflux: it has the same host key as notes \(SHA256:BvHC5R5G6S1goeAN\+QZjd\+TZ6qoxzPyOTQ8iOKXWoEU\)/,
    );
  });

  it("are compared with those that are known by then", async () => {
    let answer!: (value: string) => void;
    const late = new Promise<string>((resolve) => (answer = resolve));
    const all = keys({ notes: key });
    all.add("miniflux", pulumi.output(late));
    await all.check("notes");
    answer(key);
    await assert.rejects(all.check("miniflux"), /same host key as notes/);
  });
});
