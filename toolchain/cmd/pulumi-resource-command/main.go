// Command pulumi-resource-command runs commands and copies files, on this machine and over SSH, as
// resources of Pulumi. It has the schema and the behaviour of npm's @pulumi/command.
package main

import (
	"context"
	"fmt"
	"os"

	"nixmox/toolchain/internal/command"
)

// version is set by the linker to the npm package's.
var version = "0.0.0"

func main() {
	provider, err := command.Provider()
	if err == nil {
		err = provider.Run(context.Background(), command.Name, version)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "Unable to serve the command provider:", err)
		os.Exit(1)
	}
}
