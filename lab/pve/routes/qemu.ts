import { readMachine } from "../guests/machines";
import type { Route } from "../route";

/** Virtual machines: only what a client needs to find out whether an id or an address is free. */
export const qemuRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/nodes/{node}/qemu/{vmid}/config",
    needs: { path: "/vms/{vmid}", all: ["VM.Audit"] },
    run: readMachine,
  },
];
