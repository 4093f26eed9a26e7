import { Page, type Call, type Route } from "../route";
import type { Session } from "../session";
import type { Task } from "../tasks";

const TASKS = "/nodes/{node}/tasks";

/** A task as lists show it; Proxmox lists the token separately from its user. */
function describe(task: Task): Record<string, unknown> {
  const { running: _, exitstatus: __, endtime: ___, user: id, ...rest } = task;
  const [user, tokenid] = id.split("!");
  return { ...rest, user, ...(tokenid === undefined ? {} : { tokenid }) };
}

function listed(task: Task): Record<string, unknown> {
  if (task.running) return { ...describe(task), status: "RUNNING" };
  return { ...describe(task), status: task.exitstatus, endtime: task.endtime };
}

function page<T>(all: readonly T[], params: Call["params"]): Page {
  const start = Number(params.start ?? 0);
  return new Page(all.slice(start, start + Number(params.limit ?? 50)), all.length);
}

const isOwn = (session: Session, { user }: Task) =>
  user === session.id || user.startsWith(`${session.id}!`);

/** Finds a task; other users' tasks only for callers who may see them. */
function find({ cluster, session, params }: Call): Task {
  const task = cluster.tasks.get(params.upid!);
  if (!isOwn(session, task)) session.check(`/nodes/${task.node}`, "Sys.Audit");
  return task;
}

const visible = (session: Session, tasks: readonly Task[]) =>
  tasks.filter((task) => isOwn(session, task) || session.may(`/nodes/${task.node}`, "Sys.Audit"));

function list({ cluster, session, params, node }: Call): Page {
  const { source = "archive", typefilter, userfilter, vmid, since, until } = params;
  const wanted = visible(session, cluster.tasks.list(node))
    .filter((task) => source === "all" || (source === "active") === task.running)
    .filter((task) => typefilter === undefined || task.type === typefilter)
    .filter((task) => userfilter === undefined || task.user.includes(userfilter))
    .filter((task) => vmid === undefined || task.id === vmid)
    .filter((task) => since === undefined || task.starttime >= Number(since))
    .filter((task) => until === undefined || task.starttime <= Number(until))
    .filter((task) => params.errors !== "1" || (task.exitstatus ?? "OK") !== "OK");
  return page(wanted.map(listed), params);
}

function status(call: Call): Record<string, unknown> {
  const task = find(call);
  return {
    ...describe(task),
    status: task.running ? "running" : "stopped",
    ...(task.running ? {} : { exitstatus: task.exitstatus }),
  };
}

/** Work in the background. */
export const taskRoutes: readonly Route[] = [
  { method: "GET", path: TASKS, run: list },
  {
    method: "GET",
    path: `${TASKS}/{upid}`,
    run: (call) => {
      find(call);
      return [{ name: "log" }, { name: "status" }];
    },
  },
  { method: "GET", path: `${TASKS}/{upid}/status`, run: status },
  {
    method: "GET",
    path: `${TASKS}/{upid}/log`,
    run: (call) =>
      page(
        call.cluster.tasks.log(find(call).upid).map((t, index) => ({ n: index + 1, t })),
        call.params,
      ),
  },
  {
    method: "GET",
    path: "/cluster/tasks",
    run: ({ cluster, session }) => visible(session, cluster.tasks.list()).slice(0, 50).map(listed),
  },
];
