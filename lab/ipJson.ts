import { z } from "zod";
import { messageOf } from "../cli/command";
import { LabError } from "./errors";

const routes = z.array(z.object({ dst: z.string().optional(), dev: z.string().optional() }));

const links = z.array(
  z.object({
    ifname: z.string(),
    /** Missing where an interface has no hardware address. */
    address: z.string().default("00:00:00:00:00:00"),
    addr_info: z.array(
      z.object({ family: z.string(), local: z.string(), prefixlen: z.number().int() }),
    ),
  }),
);

/** A route as `ip -json route` prints it; one without `dst` is of another kind. */
export type Route = z.output<typeof routes>[number];

/** A network interface as `ip -json address` prints it. */
export type Link = z.output<typeof links>[number];

function parse<T>(what: string, shape: z.ZodType<T>, text: string): T {
  try {
    return shape.parse(JSON.parse(text));
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error);
    throw new LabError(
      `Unable to read what \`ip -json ${what}\` printed: ${why.replace(/\s*\n\s*/g, " ")}. ` +
        "Use the iproute2 of Debian 12 or 13.",
    );
  }
}

/** Reads the output of `ip -json route`, which is empty where there is no route. */
export function parseRoutes(text: string): Route[] {
  return text.trim() === "" ? [] : parse("route", routes, text);
}

/** Reads the output of `ip -json address`. */
export function parseLinks(text: string): Link[] {
  return parse("address", links, text);
}
