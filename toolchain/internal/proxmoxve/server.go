package proxmoxve

import (
	"context"
	"fmt"

	"nixmox/toolchain/internal/bridge"

	pf "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/x/muxer"
	"github.com/pulumi/pulumi-terraform-bridge/v3/unstable/metadata"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// Serve answers the engine until it ends.
func Serve(version string) error {
	return provider.Main(Name, func(host *provider.HostClient) (pulumirpc.ResourceProviderServer, error) {
		info := Provider(version)
		if err := dispatch(&info); err != nil {
			return nil, err
		}
		server, err := pf.MakeMuxedServer(context.Background(), Name, info, []byte("{}"))(host)
		return bridge.SchemaOnDemand{ResourceProviderServer: server, Info: info}, err
	})
}

// dispatch records which of the provider's two halves, SDKv2 or framework, each resource belongs
// to.
func dispatch(info *tfbridge.ProviderInfo) error {
	halves, ok := info.P.(interface {
		ResolveDispatch(*tfbridge.ProviderInfo) (muxer.DispatchTable, error)
	})
	if !ok {
		return fmt.Errorf("%T has no halves to dispatch to", info.P)
	}
	table, err := halves.ResolveDispatch(info)
	if err != nil {
		return err
	}
	return metadata.Set(info.GetMetadata(), "mux", table)
}
