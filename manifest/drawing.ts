import { stepsOf, usesOf, wavesOf } from "./graph";
import type { Manifest } from "./resolve";

/** An arrow of the drawing: `from` must be healthy before `to` starts. */
interface Arrow {
  readonly from: string;
  readonly to: string;
}

/** Who waits for whom, without what follows from the rest: `a -> c` where `a -> b -> c`. */
function arrowsOf(manifest: Manifest): Arrow[] {
  const uses = new Map(manifest.services.map((s) => [s.name, usesOf(manifest, s)]));
  const below = new Map<string, Set<string>>();
  const reach = (name: string): Set<string> => {
    const known = below.get(name);
    if (known) return known;
    const direct = uses.get(name) ?? [];
    const found = new Set(direct.flatMap((other) => [other, ...reach(other)]));
    below.set(name, found);
    return found;
  };
  return [...uses].flatMap(([to, direct]) =>
    direct
      .filter((from) => !direct.some((via) => reach(via).has(from)))
      .map((from) => ({ from, to })),
  );
}

/** The graph for Markdown: what each service uses, core services set apart. */
export function toMermaid(manifest: Manifest): string {
  const id = (name: string) => name.replaceAll("-", "_");
  const box = (name: string) => `    ${id(name)}["${name}"]`;
  const core = manifest.services.filter((service) => service.core);
  const others = manifest.services.filter((service) => !service.core);
  return [
    "flowchart LR",
    '  subgraph core["core services"]',
    ...core.map(({ name }) => box(name)),
    "  end",
    '  subgraph applications["services"]',
    ...others.map(({ name }) => box(name)),
    "  end",
    ...manifest.disabled.map((name) => `  ${id(name)}["${name} (disabled)"]:::disabled`),
    ...arrowsOf(manifest).map(({ from, to }) => `  ${id(from)} --> ${id(to)}`),
    "  classDef disabled stroke-dasharray: 4 4,color:#777",
    "",
  ].join("\n");
}

const size = { width: 150, height: 40, columnGap: 80, rowGap: 18, margin: 24, title: 34 };

/** The graph as a picture: one column a wave, in which everything may start at the same time. */
export function toSvg(manifest: Manifest): string {
  const columns = [
    ...wavesOf(manifest).map((names, i) => ({ title: `wave ${i + 1}`, names })),
    ...(manifest.disabled.length > 0 ? [{ title: "disabled", names: manifest.disabled }] : []),
  ];
  const rows = Math.max(1, ...columns.map(({ names }) => names.length));
  const width = size.margin * 2 + columns.length * (size.width + size.columnGap) - size.columnGap;
  const height = size.margin * 2 + size.title + rows * (size.height + size.rowGap) - size.rowGap;
  const core = new Set(manifest.services.filter((s) => s.core).map(({ name }) => name));
  const at = new Map(
    columns.flatMap(({ names }, column) =>
      names.map((name, row): [string, { x: number; y: number }] => [
        name,
        {
          x: size.margin + column * (size.width + size.columnGap),
          y: size.margin + size.title + row * (size.height + size.rowGap),
        },
      ]),
    ),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="14">`,
    "<title>Services by deployment wave; arrows lead from what is used to what uses it</title>",
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z" fill="#64748b"/></marker></defs>',
    ...columns.map(({ title }, column) => {
      const x = size.margin + column * (size.width + size.columnGap) + size.width / 2;
      return `<text x="${x}" y="${size.margin + 12}" text-anchor="middle" fill="#64748b">${title}</text>`;
    }),
    ...arrowsOf(manifest).map(({ from, to }) => drawArrow(at.get(from)!, at.get(to)!)),
    ...[...at].map(([name, place]) =>
      drawBox(name, place, core.has(name), manifest.disabled.includes(name)),
    ),
    "</svg>",
    "",
  ].join("\n");
}

interface Place {
  readonly x: number;
  readonly y: number;
}

function drawArrow(from: Place, to: Place): string {
  const [x1, y1] = [from.x + size.width, from.y + size.height / 2];
  const [x2, y2] = [to.x - 2, to.y + size.height / 2];
  const bend = size.columnGap * 0.6;
  const path = `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
  return `<path d="${path}" fill="none" stroke="#64748b" marker-end="url(#tip)"/>`;
}

function drawBox(name: string, { x, y }: Place, core: boolean, disabled: boolean): string {
  const [fill, stroke, text] = disabled
    ? ["#ffffff", "#94a3b8", "#64748b"]
    : core
      ? ["#1e3a5f", "#1e3a5f", "#ffffff"]
      : ["#dbeafe", "#3b82f6", "#0f172a"];
  const dash = disabled ? ' stroke-dasharray="5 4"' : "";
  return (
    `<rect x="${x}" y="${y}" width="${size.width}" height="${size.height}" rx="6" fill="${fill}" stroke="${stroke}"${dash}/>` +
    `<text x="${x + size.width / 2}" y="${y + size.height / 2 + 5}" text-anchor="middle" fill="${text}">${name}</text>`
  );
}

/** The longest chain of steps: what a deployment takes at least, whatever runs beside it. */
export function criticalPath(manifest: Manifest): string[] {
  const steps = new Map(stepsOf(manifest).map((step) => [step.id, step]));
  const longest = new Map<string, string[]>();
  const chain = (id: string): string[] => {
    const known = longest.get(id);
    if (known) return known;
    const before = steps.get(id)!.needs.map(chain);
    const best = before.reduce((a, b) => (b.length > a.length ? b : a), []);
    const found = [...best, id];
    longest.set(id, found);
    return found;
  };
  return [...steps.keys()].map(chain).reduce((a, b) => (b.length > a.length ? b : a), []);
}
