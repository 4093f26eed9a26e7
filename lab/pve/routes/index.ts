import type { Route } from "../route";
import { accessRoutes } from "./access";
import { clusterRoutes } from "./cluster";
import { firewallRoutes } from "./firewall";
import { lxcRoutes } from "./lxc";
import { poolRoutes } from "./pools";
import { qemuRoutes } from "./qemu";
import { storageRoutes } from "./storage";
import { taskRoutes } from "./tasks";

/** Every method that the lab serves. */
export const routes: readonly Route[] = [
  ...accessRoutes,
  ...clusterRoutes,
  ...firewallRoutes,
  ...lxcRoutes,
  ...qemuRoutes,
  ...poolRoutes,
  ...storageRoutes,
  ...taskRoutes,
];
