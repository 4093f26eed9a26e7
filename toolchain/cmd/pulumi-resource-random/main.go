// Command pulumi-resource-random serves the Terraform provider "random" to Pulumi, as npm's @pulumi/random expects it.
package main

import (
	"context"

	"nixmox/toolchain/internal/bridge"

	pf "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/terraform-providers/terraform-provider-random/shim"
)

const (
	name       = "random"
	repository = "https://github.com/pulumi/pulumi-random"
)

// version is set by the linker to the npm package's.
var version = "0.0.0"

func main() {
	info := provider()
	pf.Main(context.Background(), name, info, pf.ProviderMetadata{
		XGetSchema: func(context.Context, plugin.GetSchemaRequest) ([]byte, error) { return bridge.Schema(info) },
	})
}

func provider() tfbridge.ProviderInfo {
	info := tfbridge.ProviderInfo{
		P:            pf.ShimProvider(shim.New()),
		Name:         name,
		Version:      version,
		Repository:   repository,
		MetadataInfo: tfbridge.NewProviderMetadata(nil),
		Resources: map[string]*tfbridge.ResourceInfo{
			"random_bytes": {ComputeID: tfbridge.DelegateIDField("base64", name, repository)},
		},
		// As in the vendor's plugin, so that either can go on with the other's state.
		EnableAccurateBridgePreview: true,
		EnableRawStateDelta:         true,
	}
	standard := tokens.MakeStandard(name)
	info.MustComputeTokens(tokens.SingleModule("random_", "index", func(module, resource string) (string, error) {
		return standard(module, "Random"+resource)
	}))
	info.MustApplyAutoAliases()
	return info
}
