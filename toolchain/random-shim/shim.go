// Package shim exports the random provider, whose package is internal to its module. Go lets only
// modules whose path lies below that one import it, which is why this one has that name.
package shim

import (
	"github.com/hashicorp/terraform-plugin-framework/provider"
	random "github.com/terraform-providers/terraform-provider-random/internal/provider"
)

// New creates the provider.
func New() provider.Provider {
	return random.New()
}
