// Command pulumi-resource-proxmoxve serves the Terraform provider "proxmox" to Pulumi.
package main

import (
	"fmt"
	"os"

	"nixmox/toolchain/internal/proxmoxve"
)

// version is set by the linker to the npm package's.
var version = "0.0.0"

func main() {
	if err := proxmoxve.Serve(version); err != nil {
		fmt.Fprintln(os.Stderr, "Unable to serve the Proxmox VE provider:", err)
		os.Exit(1)
	}
}
