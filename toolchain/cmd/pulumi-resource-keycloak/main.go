// Command pulumi-resource-keycloak serves the Terraform provider "keycloak" to Pulumi.
package main

import (
	"fmt"
	"os"

	"nixmox/toolchain/internal/keycloak"
)

// version is set by the linker to the npm package's.
var version = "0.0.0"

func main() {
	if err := keycloak.Serve(version); err != nil {
		fmt.Fprintln(os.Stderr, "Unable to serve the Keycloak provider:", err)
		os.Exit(1)
	}
}
