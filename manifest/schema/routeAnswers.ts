import { z } from "zod";

/** What the proxy adds to a route's answers, or answers itself. */

/** The name of a header, as people write it. */
const headerName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9-]{0,63}$/, 'a header such as "X-Frame-Options"');

const headerValue = z
  .string()
  .min(1)
  .max(8192)
  .regex(/^[ !-[\]-~]*$/);

export const routeAnswers = {
  headers: z
    .record(
      headerName,
      z.union([headerValue, z.literal(false)], {
        error: "one line of plain characters without a backslash, or false",
      }),
    )
    .default({})
    .meta({
      examples: [
        {
          "X-Frame-Options": false,
          "Content-Security-Policy": "frame-ancestors https://cloud.nixmox.lan",
        },
      ],
    })
    .describe(
      "Response headers that the proxy sets, whatever the application sends, or takes out (false). Without it, the application's own headers are kept, and the proxy adds `X-Content-Type-Options`, `X-Frame-Options`, `X-XSS-Protection`, `Referrer-Policy` and, with TLS, `Strict-Transport-Security` where they are missing.",
    ),
  root: z
    .string()
    .regex(
      /^\/(srv|var\/www)(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)+\/?$/,
      'a folder below /srv or /var/www, such as "/srv/www"',
    )
    .optional()
    .meta({ examples: ["/srv/www"] })
    .describe(
      "Folder on the proxy's host whose files are served, instead of an upstream. A hosts file puts them there.",
    ),
  redirect: z
    .string()
    .max(2048)
    .regex(
      /^https?:\/\/[A-Za-z0-9.-]+(:[1-9][0-9]{0,4})?(\/[A-Za-z0-9/._~%!$&'()*+,;=:@?#-]*)?(\{uri\})?$/,
      'a URL such as "https://notes.nixmox.lan/", or "https://notes.nixmox.lan{uri}" for the same path there',
    )
    .optional()
    .meta({ examples: ["https://wiki.nixmox.lan{uri}"] })
    .describe(
      "URL that requests are redirected to, instead of an upstream. `{uri}` at its end stands for the path and the query of the request.",
    ),
  redirect_status: z
    .literal([301, 302, 307, 308])
    .default(302)
    .meta({ examples: [308] })
    .describe("Status of the redirect: 308 and 301 are permanent, and browsers remember them."),
};
