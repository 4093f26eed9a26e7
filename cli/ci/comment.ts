import { readFileSync } from "node:fs";
import { runMain } from "../command";

/** By which our comment is found again; nobody sees it. */
const marker = "<!-- nixmox plan -->";

interface Comment {
  readonly id: number;
  readonly body?: string;
  readonly user?: { readonly type?: string };
}

/**
 * Puts a text under a pull request on GitHub: in place of the one before, if there is one. A comment
 * of a person who copied ours stays.
 */
export async function comment(text: string, environment: NodeJS.ProcessEnv): Promise<void> {
  const { GITHUB_API_URL, GITHUB_REPOSITORY, GITHUB_TOKEN, PULL_REQUEST } = environment;
  const issues = `${GITHUB_API_URL}/repos/${GITHUB_REPOSITORY}/issues`;
  const ask = async (method: string, url: string, body?: object): Promise<unknown> => {
    const response = await fetch(url, {
      method,
      headers: {
        accept: "application/vnd.github+json",
        authorization: `Bearer ${GITHUB_TOKEN}`,
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (response.ok) return response.json();
    throw new Error(
      `Unable to comment on pull request ${PULL_REQUEST}: GitHub answers ${response.status}. ` +
        "The job needs the permission `pull-requests: write`.",
    );
  };
  const body = `${marker}\n${shortened(text)}`;
  const own = await find(ask, `${issues}/${PULL_REQUEST}/comments`);
  if (own) await ask("PATCH", `${issues}/comments/${own.id}`, { body });
  else await ask("POST", `${issues}/${PULL_REQUEST}/comments`, { body });
}

async function find(
  ask: (method: string, url: string) => Promise<unknown>,
  url: string,
): Promise<Comment | undefined> {
  for (let page = 1; ; page++) {
    const found = (await ask("GET", `${url}?per_page=100&page=${page}`)) as Comment[];
    const own = found.find(
      ({ body = "", user }) => user?.type === "Bot" && body.startsWith(marker),
    );
    if (own !== undefined || found.length < 100) return own;
  }
}

/** GitHub takes 65536 characters. */
function shortened(text: string): string {
  return text.length <= 60_000 ? text : `${text.slice(0, 60_000)}\n\n(shortened)\n`;
}

if (require.main === module) {
  const [file = ""] = process.argv.slice(2);
  runMain(Promise.resolve().then(() => comment(readFileSync(file, "utf8"), process.env)));
}
