import { provideToolchain } from "./provide";

/** `npm run toolchain`: provides Pulumi and its plugins, and prints the folder to put on PATH. */
provideToolchain().then(
  ({ bin }) => console.log(bin),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  },
);
