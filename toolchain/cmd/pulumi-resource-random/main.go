// Command pulumi-resource-random serves the Terraform provider "random" to Pulumi.
package main

import (
	"context"

	"nixmox/toolchain/internal/random"
)

// version is set by the linker to the npm package's.
var version = "0.0.0"

func main() {
	random.Serve(context.Background(), version)
}
