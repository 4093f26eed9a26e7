package remote

import (
	"context"
	"fmt"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi-go-provider/infer/types"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// CopyToRemote copies an asset or archive to a host. What it copied stays there when it is deleted.
type CopyToRemote struct{}

var (
	_ infer.CustomResource[CopyToRemoteInputs, CopyToRemoteState] = (*CopyToRemote)(nil)
	_ infer.CustomCheck[CopyToRemoteInputs]                       = (*CopyToRemote)(nil)
	_ infer.CustomUpdate[CopyToRemoteInputs, CopyToRemoteState]   = (*CopyToRemote)(nil)
)

// CopyToRemoteInputs are the properties to set.
type CopyToRemoteInputs struct {
	Connection *Connection          `pulumi:"connection" provider:"secret"`
	Triggers   *[]any               `pulumi:"triggers,optional" provider:"replaceOnChanges"`
	Source     types.AssetOrArchive `pulumi:"source"`
	RemotePath string               `pulumi:"remotePath"`
}

// CopyToRemoteState is what is kept.
type CopyToRemoteState struct{ CopyToRemoteInputs }

// Annotate describes the resource.
func (c *CopyToRemote) Annotate(a infer.Annotator) {
	a.Describe(&c, "A file or directory that is copied to a remote host.")
}

// Annotate describes the properties.
func (i *CopyToRemoteInputs) Annotate(a infer.Annotator) {
	a.Describe(&i.Connection, "How to reach the host.")
	a.Describe(&i.Triggers, "Values of any kind. The resource is replaced when one of them changes.")
	a.Describe(
		&i.Source,
		"A file or text asset, or the archive of a directory or file. Archive files are not unpacked.",
	)
	a.Describe(&i.RemotePath, "Where to copy to. Missing directories are made. "+
		"In an existing directory, the copy keeps its own name; an existing file is overwritten by a file.")
}

// Check validates the inputs.
func (*CopyToRemote) Check(
	ctx context.Context, req infer.CheckRequest,
) (infer.CheckResponse[CopyToRemoteInputs], error) {
	response, err := check[CopyToRemoteInputs](ctx, req)
	if err != nil || len(response.Failures) > 0 || req.NewInputs.Get("source").IsComputed() {
		return response, err
	}
	asset, archive := response.Inputs.Source.Asset, response.Inputs.Source.Archive
	usable := asset != nil && archive == nil && (asset.IsPath() || asset.IsText()) ||
		asset == nil && archive != nil && archive.IsPath()
	if !usable {
		response.Failures = append(response.Failures, p.CheckFailure{
			Property: "source",
			Reason:   "it has to be a FileAsset, a StringAsset, or a FileArchive of a path",
		})
	}
	return response, nil
}

// Create copies.
func (*CopyToRemote) Create(
	ctx context.Context, req infer.CreateRequest[CopyToRemoteInputs],
) (infer.CreateResponse[CopyToRemoteState], error) {
	response := infer.CreateResponse[CopyToRemoteState]{Output: CopyToRemoteState{req.Inputs}}
	if req.DryRun {
		return response, nil
	}
	err := req.Inputs.copy(ctx)
	if err == nil {
		response.ID, err = resource.NewUniqueHex("", 8, 0)
	}
	return response, err
}

// Update copies again if the content or the destination has changed.
func (*CopyToRemote) Update(
	ctx context.Context, req infer.UpdateRequest[CopyToRemoteInputs, CopyToRemoteState],
) (infer.UpdateResponse[CopyToRemoteState], error) {
	var err error
	moved := req.Inputs.RemotePath != req.State.RemotePath
	if !req.DryRun && (moved || req.Inputs.hash() != req.State.hash()) {
		err = req.Inputs.copy(ctx)
	}
	return infer.UpdateResponse[CopyToRemoteState]{Output: CopyToRemoteState{req.Inputs}}, err
}

func (i CopyToRemoteInputs) hash() string {
	switch {
	case i.Source.Asset != nil:
		return i.Source.Asset.Hash
	case i.Source.Archive != nil:
		return i.Source.Archive.Hash
	default:
		return ""
	}
}

func (i CopyToRemoteInputs) copy(ctx context.Context) error {
	return withSFTP(ctx, i.Connection, func(files sftpFiles) error {
		asset := i.Source.Asset
		switch {
		case asset != nil && asset.IsText():
			return files.writeText(asset.Text, i.RemotePath)
		case asset != nil:
			return files.copy(asset.Path, i.RemotePath)
		case i.Source.Archive != nil:
			return files.copy(i.Source.Archive.Path, i.RemotePath)
		default:
			return fmt.Errorf("Unable to copy to %s: there is no source", i.RemotePath)
		}
	})
}
