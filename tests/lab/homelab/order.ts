import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, describe, it } from "mocha";

interface EngineEvent {
  readonly sequence: number;
  readonly resourcePreEvent?: { metadata: { urn: string; op: string } };
  readonly resOutputsEvent?: { metadata: { urn: string; op: string } };
}

/** When the engine began and ended each resource, as numbers of its events. */
interface Span {
  begin: number;
  end: number;
}

/** What must have ended before what begins, for the shipped manifest. */
const edges: [first: string, then: string][] = [
  ...["caddy", "dns", "miniflux", "monitoring", "postgresql"].flatMap(
    (name): [string, string][] => [
      [`${name}-container-lxc`, `${name}-host-key`],
      [`${name}-host-key`, `${name}-system-build`],
      [`${name}-system-build`, `${name}-system-switch`],
      [`${name}-system-switch`, `${name}-health-check`],
      [`${name}-health-check`, `${name}-public-dns-fragment-file`],
      ["dns-health-check", `${name}-public-dns-fragment-file`],
      [`${name}-health-check`, `${name}-scrape-fragment-file`],
      ["monitoring-health-check", `${name}-scrape-fragment-file`],
    ],
  ),
  ["miniflux-host-key", "miniflux-secret-admin-password-file"],
  ["miniflux-secret-admin-password-file", "miniflux-system-switch"],
  ["caddy-secret-ca-key-file", "caddy-system-switch"],
  ["postgresql-health-check", "miniflux-database-role"],
  ["miniflux-database-role", "miniflux-system-switch"],
  ["miniflux-database-access-file", "miniflux-system-switch"],
  ["miniflux-database-firewall-fragment-file", "miniflux-system-switch"],
  ["miniflux-database-secret-file", "miniflux-system-switch"],
  ["miniflux-health-check", "miniflux-public-route-miniflux-nixmox-lan-fragment-file"],
  ["caddy-health-check", "miniflux-public-route-miniflux-nixmox-lan-fragment-file"],
  ["caddy-health-check", "monitoring-public-route-prometheus-nixmox-lan-fragment-file"],
];

export function describeOrder(eventLog: () => string): void {
  describe("order", () => {
    const spans = new Map<string, Span>();

    before(() => {
      for (const line of readFileSync(eventLog(), "utf8").split("\n").filter(Boolean)) {
        const { sequence, resourcePreEvent, resOutputsEvent } = JSON.parse(line) as EngineEvent;
        const urn = (resourcePreEvent ?? resOutputsEvent)?.metadata.urn;
        if (urn === undefined) continue;
        const name = urn.split("::").at(-1)!;
        const span = spans.get(name) ?? { begin: Infinity, end: -Infinity };
        if (resourcePreEvent) span.begin = Math.min(span.begin, sequence);
        else span.end = Math.max(span.end, sequence);
        spans.set(name, span);
      }
    });

    const span = (name: string) => spans.get(name) ?? assert.fail(`the log has no ${name}`);

    for (const [first, then] of edges) {
      it(`${first} before ${then}`, () => {
        assert.ok(span(first).end < span(then).begin);
      });
    }

    it("starts every container before the first one is done", () => {
      const containers = [...spans].filter(([name]) => name.endsWith("-container-lxc"));
      assert.equal(containers.length, 5);
      const lastBegin = Math.max(...containers.map(([, { begin }]) => begin));
      const firstEnd = Math.min(...containers.map(([, { end }]) => end));
      assert.ok(lastBegin < firstEnd);
    });
  });
}
