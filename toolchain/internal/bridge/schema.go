// Package bridge holds what is shared by the plugins that serve a Terraform provider through
// Pulumi's bridge.
package bridge

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfgen"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// Schema computes the Pulumi schema of a bridged provider. Programs that run never ask for it, so
// it is computed on demand instead of being generated and embedded.
func Schema(info tfbridge.ProviderInfo) ([]byte, error) {
	result, err := tfgen.GenerateSchemaWithOptions(tfgen.GenerateSchemaOptions{
		ProviderInfo: info,
		// Its warnings are about documentation that a provider's Go module does not bring.
		DiagnosticsSink: diag.DefaultSink(io.Discard, io.Discard, diag.FormatOptions{Color: colors.Never}),
		XInMemoryDocs:   true,
	})
	if err != nil {
		return nil, fmt.Errorf("Unable to compute the schema of %s: %w", info.Name, err)
	}
	return json.Marshal(result.PackageSpec)
}

// SchemaOnDemand is a plugin that computes its schema when it is asked for it.
type SchemaOnDemand struct {
	pulumirpc.ResourceProviderServer

	Info tfbridge.ProviderInfo
}

// GetSchema answers with the schema.
func (s SchemaOnDemand) GetSchema(
	context.Context, *pulumirpc.GetSchemaRequest,
) (*pulumirpc.GetSchemaResponse, error) {
	schema, err := Schema(s.Info)
	return &pulumirpc.GetSchemaResponse{Schema: string(schema)}, err
}
