package remote

import (
	"context"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// CopyFile copies one file to a host. Every change replaces it.
type CopyFile struct{}

var (
	_ infer.CustomResource[CopyFileInputs, CopyFileState] = (*CopyFile)(nil)
	_ infer.CustomCheck[CopyFileInputs]                   = (*CopyFile)(nil)
)

// CopyFileInputs are the properties to set.
type CopyFileInputs struct {
	Connection *Connection `pulumi:"connection" provider:"secret"`
	Triggers   *[]any      `pulumi:"triggers,optional"`
	LocalPath  string      `pulumi:"localPath"`
	RemotePath string      `pulumi:"remotePath"`
}

// CopyFileState is what is kept.
type CopyFileState struct{ CopyFileInputs }

// Annotate describes the resource.
func (c *CopyFile) Annotate(a infer.Annotator) {
	a.Describe(&c, "A file that is copied to a remote host.")
	a.Deprecate(&c, "Use CopyToRemote.")
}

// Annotate describes the properties.
func (i *CopyFileInputs) Annotate(a infer.Annotator) {
	a.Describe(&i.Connection, "How to reach the host.")
	a.Describe(&i.Triggers, "Values of any kind. The resource is replaced when one of them changes.")
	a.Describe(&i.LocalPath, "The file to copy.")
	a.Describe(&i.RemotePath, "The file to write on the host.")
}

// Check validates the inputs.
func (*CopyFile) Check(
	ctx context.Context,
	req infer.CheckRequest,
) (infer.CheckResponse[CopyFileInputs], error) {
	return check[CopyFileInputs](ctx, req)
}

// Create copies.
func (*CopyFile) Create(
	ctx context.Context, req infer.CreateRequest[CopyFileInputs],
) (infer.CreateResponse[CopyFileState], error) {
	response := infer.CreateResponse[CopyFileState]{Output: CopyFileState{req.Inputs}}
	if req.DryRun {
		return response, nil
	}
	err := withSFTP(ctx, req.Inputs.Connection, func(files sftpFiles) error {
		return files.copyFile(req.Inputs.LocalPath, req.Inputs.RemotePath)
	})
	if err == nil {
		response.ID, err = resource.NewUniqueHex("", 8, 0)
	}
	return response, err
}
