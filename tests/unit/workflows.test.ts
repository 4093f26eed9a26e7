import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { describe, it } from "mocha";

const folder = join(__dirname, "..", "..", ".github", "workflows");

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly "working-directory"?: string;
}

interface Job {
  readonly "runs-on"?: unknown;
  readonly "timeout-minutes"?: number;
  readonly permissions?: unknown;
  readonly environment?: unknown;
  readonly if?: string;
  readonly uses?: string;
  readonly steps?: readonly Step[];
}

interface Workflow {
  readonly on: unknown;
  readonly permissions?: unknown;
  readonly concurrency?: { readonly "cancel-in-progress"?: unknown };
  readonly jobs: Readonly<Record<string, Job>>;
}

/** Of a request from a fork, GitHub gives no secrets; of another one, only with this condition and after an approval. */
const ownRequest = "github.event.pull_request.head.repo.full_name == github.repository";
const onMain = "github.ref == 'refs/heads/main'";
const base = "${{ github.event.pull_request.base.sha }}";

function triggersOf({ on }: Workflow): string[] {
  if (typeof on === "string") return [on];
  return Array.isArray(on) ? (on as string[]) : Object.keys(on as object);
}

/** What is unsafe in a workflow; docs/security.md says why. */
function faultsOf(text: string): string[] {
  const workflow = parse(text) as Workflow;
  const triggers = triggersOf(workflow);
  const known = ["pull_request", "push", "schedule", "workflow_dispatch"];
  const faults = triggers.filter((each) => !known.includes(each)).map((each) => `on ${each}`);
  if (JSON.stringify(workflow.permissions) !== '{"contents":"read"}') faults.push("permissions");
  for (const job of Object.values(workflow.jobs)) {
    const isCutOff = workflow.concurrency?.["cancel-in-progress"] !== false;
    faults.push(...faultsOfJob(job, triggers.includes("pull_request"), isCutOff));
  }
  return faults;
}

/** Whether a job waits for a person's approval, and runs under one condition, with others at most. */
function isConditional({ environment, if: condition = "" }: Job, needed: string): boolean {
  const all = condition.split(" && ");
  return environment !== undefined && all.includes(needed) && !condition.includes("||");
}

function faultsOfJob(job: Job, isRequest: boolean, isCutOff: boolean): string[] {
  const steps = job.steps ?? [];
  const runs = steps.map(({ run = "" }) => run);
  const checkouts = steps.filter(({ uses = "" }) => uses.startsWith("actions/checkout@"));
  const needsSecrets = /\bsecrets\b/.test(JSON.stringify(job));
  const isApproved = isConditional(job, isRequest ? ownRequest : onMain);
  const maySay = '{"contents":"read","pull-requests":"write"}';
  const own = checkouts.filter(({ with: { path } = {} }) => path === undefined);
  const others = checkouts.filter((each) => !own.includes(each));
  const install = runs.findIndex((run) => run.includes("npm ci"));
  const touch = runs.findIndex((run) => run.includes("request"));
  const checks: Readonly<Record<string, boolean>> = {
    "its own permissions":
      job.permissions === undefined ||
      (isApproved && isRequest && JSON.stringify(job.permissions) === maySay),
    "a runner of its own":
      /^ubuntu-[\d.]+$/.test(String(job["runs-on"])) ||
      (isApproved && !isRequest && /^\$\{\{ vars\.NIXMOX_RUNNER /.test(String(job["runs-on"]))),
    "no time limit": job["timeout-minutes"] !== undefined,
    "another workflow": job.uses === undefined,
    "an action that can change": steps.every(({ uses = "a/b@".padEnd(44, "0") }) =>
      /^[\w-]+\/[\w-]+@[0-9a-f]{40}$/.test(uses),
    ),
    "an expression in a script": runs.every((run) => !run.includes("${{")),
    "a token left behind": checkouts.every((each) => each.with?.["persist-credentials"] === false),
    "packages' scripts": runs.every((run) => !/npm (ci|install)(?!.*--ignore-scripts)/.test(run)),
    "secrets without approval": !needsSecrets || isApproved,
    "secrets of the whole job": !/\bsecrets\b/.test(JSON.stringify({ ...job, steps: [] })),
    "a deployment that is cut off": !needsSecrets || isRequest || !isCutOff,
    "the request's code": !isRequest || (own.length === 1 && own[0]!.with?.ref === base),
    "all of the request": others.every(
      ({ with: { path, "sparse-checkout": part } = {} }) => path === "request" && Boolean(part),
    ),
    "a command in the request's folder": steps.every(
      (step) => step["working-directory"] === undefined && !/\bcd\b/.test(step.run ?? ""),
    ),
    "the request's dependencies": !isRequest || touch < 0 || (install >= 0 && install < touch),
    "links of the request": touch < 0 || /^find request -type l/.test(runs[touch] ?? ""),
  };
  return Object.keys(checks).filter((name) => !checks[name]);
}

const files = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]);
const request = readFileSync(join(folder, "pull-request.yml"), "utf8");
const job = (more: string) =>
  request.replace("    timeout-minutes: 10", `    timeout-minutes: 10\n    ${more}`);

/** A change of the workflow for pull requests, and what is then unsafe. */
const attacks: Readonly<Record<string, string>> = {
  "on pull_request_target": request.replace("on: pull_request", "on: pull_request_target"),
  "on workflow_run": request.replace("on: pull_request", "on: [pull_request, workflow_run]"),
  permissions: request.replace("contents: read", "contents: write"),
  "its own permissions": job("permissions: write-all"),
  "a runner of its own": request.replace("ubuntu-24.04", "self-hosted"),
  "no time limit": request.replace("    timeout-minutes: 10\n", ""),
  "an action that can change": request.replace(/checkout@\w+/, "checkout@v4"),
  "an expression in a script": request.replace(
    "- run: npm",
    "- run: echo ${{ github.head_ref }}; npm",
  ),
  "a token left behind": request.replace("persist-credentials: false", "persist-credentials: true"),
  "packages' scripts": request.replace("npm ci --ignore-scripts", "npm ci"),
  "secrets without approval": job("env: { TOKEN: '${{ secrets.TOKEN }}' }"),
  "the request's code": request.replace("pull_request.base.sha", "pull_request.head.sha"),
  "all of the request": request.replace(/sparse-checkout: \|\n( {12}.*\n)+ {10}/, ""),
  "a command in the request's folder": request.replace("npm ci", "cd request && npm ci"),
  "the request's dependencies": request.replace(
    "npm ci --ignore-scripts",
    "cp request/package.json .",
  ),
  "links of the request": request.replace(/find request.*\n/, "\n"),
};

const read = (name: string) => readFileSync(join(folder, name), "utf8");
const plan = read("plan.yml");
const deploy = read("deploy.yml");

/** Changes of the workflows with secrets, each with the one that it is a change of. */
const secretive: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  "secrets without approval": [
    [plan, plan.replace("    environment: plan\n", "")],
    [plan, plan.replace(`${ownRequest} && `, "")],
    [plan, plan.replace(`${ownRequest} &&`, `${ownRequest} ||`)],
    [deploy, deploy.replace("    environment: production\n", "")],
    [deploy, deploy.replace(`${onMain} && `, "")],
  ],
  "the request's code": [[plan, plan.replace("pull_request.base.sha", "pull_request.head.sha")]],
  "on pull_request_target": [[plan, plan.replace("on: pull_request", "on: pull_request_target")]],
  "its own permissions": [
    [plan, plan.replace(/contents: read\n +pull-requests: write/, "contents: write")],
    [deploy, deploy.replace("environment: production", "$&\n    permissions: write-all")],
  ],
  "a runner of its own": [[plan, plan.replace("ubuntu-24.04", "${{ vars.NIXMOX_RUNNER }}")]],
  "secrets of the whole job": [
    [deploy, deploy.replace("    steps:", "    env: { A: '${{ secrets.A }}' }\n    steps:")],
  ],
  "a deployment that is cut off": [
    [deploy, deploy.replace("cancel-in-progress: false", "cancel-in-progress: true")],
  ],
};

describe("the workflows", () => {
  for (const [name, text] of files as [string, string][]) {
    it(`${name} gives nothing away`, () => assert.deepEqual(faultsOf(text), []));
  }

  it("check the manifest of every pull request", () => {
    const { on } = parse(request) as Workflow;
    assert.equal(on, "pull_request");
    assert.match(request, /manifest -- check request\/manifest\/nixmox\.toml/);
  });

  it("test every Node.js that is supported", () => {
    assert.match(files.find(([name]) => name === "main.yml")?.[1] ?? "", /node: \[20, 22, 24\]/);
  });

  for (const [fault, text] of Object.entries(attacks)) {
    it(`would be refused with ${fault}`, () => {
      assert.notEqual(text, request);
      assert.ok(faultsOf(text).includes(fault), faultsOf(text).join());
    });
  }

  for (const [fault, changes] of Object.entries(secretive)) {
    it(`would be refused with secrets and with ${fault}`, () => {
      for (const [original, changed] of changes) {
        assert.notEqual(changed, original);
        assert.ok(faultsOf(changed).includes(fault), `${fault}: ${faultsOf(changed).join()}`);
      }
    });
  }
});
