package local

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gobwas/glob"
	"github.com/pulumi/pulumi-go-provider/infer/types"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// collect puts the files that the globs name into out.
func (i Process) collect(out *Outputs) error {
	if i.AssetPaths != nil {
		found, err := find(i.dir(), *i.AssetPaths)
		if err != nil {
			return fmt.Errorf("Unable to collect assetPaths: %w", err)
		}
		assets := map[string]*types.AssetOrArchive{}
		for name, asset := range found {
			assets[name] = &types.AssetOrArchive{Asset: asset}
		}
		out.Assets = &assets
	}
	if i.ArchivePaths != nil {
		found, err := find(i.dir(), *i.ArchivePaths)
		if err != nil {
			return fmt.Errorf("Unable to collect archivePaths: %w", err)
		}
		entries := map[string]any{}
		for name, asset := range found {
			entries[name] = asset
		}
		if out.Archive, err = resource.NewAssetArchive(entries); err != nil {
			return fmt.Errorf("Unable to collect archivePaths: %w", err)
		}
	}
	return nil
}

// find returns the files below dir that the globs, applied in order, select.
func find(dir string, globs []string) (map[string]*resource.Asset, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	found := map[string]*resource.Asset{}
	for _, pattern := range globs {
		pattern, exclude := strings.CutPrefix(pattern, "!")
		matches, err := glob.Compile(pattern, '/')
		if err != nil {
			return nil, fmt.Errorf("%q is no glob: %w", pattern, err)
		}
		err = fs.WalkDir(os.DirFS(dir), ".", func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !matches.Match(name) {
				return err
			}
			if exclude {
				delete(found, name)
				return nil
			}
			found[name], err = resource.NewPathAsset(filepath.Join(dir, name))
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}
