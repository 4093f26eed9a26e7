import { instance } from "@viz-js/viz";
import { usesOf } from "../graph/uses";
import { wavesOf } from "../graph/order";
import type { Manifest } from "../resolve/spec";

/** An arrow of the picture: `from` must be healthy before `to` starts. */
interface Arrow {
  readonly from: string;
  readonly to: string;
}

/** Who waits for whom, without edges implied by others, such as `a -> c` in `a -> b -> c`. */
function arrowsOf(manifest: Manifest): Arrow[] {
  const uses = new Map(manifest.services.map((s) => [s.name, usesOf(manifest, s)]));
  const below = new Map<string, Set<string>>();
  // Whatever a service uses is in an earlier wave.
  for (const name of wavesOf(manifest).flat()) {
    const direct = uses.get(name) ?? [];
    below.set(name, new Set(direct.flatMap((other) => [other, ...below.get(other)!])));
  }
  return [...uses].flatMap(([to, direct]) =>
    direct
      .filter((from) => !direct.some((via) => below.get(via)!.has(from)))
      .map((from) => ({ from, to })),
  );
}

/** The graph for Markdown: what each service uses, core services set apart. */
export function toMermaid(manifest: Manifest): string {
  // Some words, such as `end`, mean something to Mermaid.
  const id = (name: string) => `s_${name.replaceAll("-", "_")}`;
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
    ...manifest.disabled.map(({ name }) => `  ${id(name)}["${name} (disabled)"]:::disabled`),
    ...arrowsOf(manifest).map(({ from, to }) => `  ${id(from)} --> ${id(to)}`),
    "  classDef disabled stroke-dasharray: 4 4,color:#777",
    "",
  ].join("\n");
}

/** The graph for Graphviz: one column per wave, in which everything may start at the same time. */
export function toDot(manifest: Manifest): string {
  const columns = [
    ...wavesOf(manifest).map((names, i) => ({ title: `wave ${i + 1}`, names })),
    ...(manifest.disabled.length > 0
      ? [{ title: "disabled", names: manifest.disabled.map(({ name }) => name) }]
      : []),
  ];
  const core = new Set(manifest.services.filter((s) => s.core).map(({ name }) => name));
  const disabled = new Set(manifest.disabled.map(({ name }) => name));
  const style = (name: string) => {
    if (disabled.has(name)) return ' [style="rounded,dashed" fontcolor="#64748b"]';
    return core.has(name) ? ' [fillcolor="#1e293b" fontcolor="#ffffff"]' : "";
  };
  return [
    "digraph services {",
    '  rankdir=LR bgcolor="#ffffff" ranksep=0.7 nodesep=0.2 splines=true',
    '  node [shape=box style="rounded,filled" fillcolor="#f8fafc" color="#64748b" fontname="Helvetica,Arial,sans-serif" fontsize=12 height=0.45 width=1.3 margin="0.25,0.05"]',
    '  edge [color="#64748b" arrowsize=0.7]',
    ...columns.flatMap(({ title, names }) => [
      `  { rank=same; "title ${title}" [label="${title}" shape=plaintext style="" fontcolor="#64748b"];`,
      ...names.map((name) => `    "${name}"${style(name)};`),
      // The title is above its column.
      `    "title ${title}" -> { ${names.map((name) => `"${name}"`).join(" ")} } [style=invis];`,
      "  }",
    ]),
    // Keeps the columns in order, whatever the arrows are.
    `  ${columns.map(({ title }) => `"title ${title}"`).join(" -> ")} [style=invis];`,
    ...arrowsOf(manifest).map(({ from, to }) => `  "${from}" -> "${to}";`),
    "}",
    "",
  ].join("\n");
}

/** The graph as a picture. */
export async function toSvg(manifest: Manifest): Promise<string> {
  const svg = (await instance()).renderString(toDot(manifest), { format: "svg" });
  // The version of the program that drew it is not part of the picture.
  return svg.slice(svg.indexOf("<svg")).replace(/<!--[^]*?-->\n?/g, "");
}
