package command

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

const copyToRemote = "command:remote:CopyToRemote"

func TestCopyText(t *testing.T) {
	host, e := startSSHD(t), newEngine(t, copyToRemote)
	target := filepath.Join(t.TempDir(), "new", "file")
	inputs := object{"connection": host.connection(), "remotePath": target, "source": text(t, "one")}
	must(t, e.create(inputs))
	equal(t, read(t, target), "one")
	equal(t, host.logins.Load(), 1)

	must(t, e.update(inputs))
	equal(t, host.logins.Load(), 1) // nothing changed, so nothing is copied

	inputs["source"] = text(t, "two")
	equal(t, e.diff(inputs).HasChanges, true)
	must(t, e.update(inputs))
	equal(t, read(t, target), "two")

	must(t, e.delete())
	equal(t, read(t, target), "two")

	inputs["remotePath"] = filepath.Dir(target)
	failed(t, e.create(inputs), "is a directory", "remotePath")
}

func TestCopyFileAndDirectory(t *testing.T) {
	host := startSSHD(t)
	source := t.TempDir()
	write(t, filepath.Join(source, "dir", "a"), "A")
	write(t, filepath.Join(source, "dir", "sub", "b"), "B")
	existing := t.TempDir()
	cases := []struct{ path, target, file, want string }{
		{"dir/a", filepath.Join(existing, "copied"), "", "A"},
		{"dir/a", existing, "a", "A"},
		{"dir", existing, "dir/sub/b", "B"},
		{"dir", filepath.Join(existing, "made"), "dir/a", "A"},
		{"dir/", filepath.Join(existing, "contents"), "sub/b", "B"},
	}
	for _, c := range cases {
		e := newEngine(t, copyToRemote)
		inputs := object{"connection": host.connection(), "remotePath": c.target}
		if c.path == "dir/a" {
			inputs["source"] = fileAsset(t, filepath.Join(source, c.path))
		} else {
			inputs["source"] = fileArchive(t, source+"/"+c.path)
		}
		must(t, e.create(inputs))
		equal(t, read(t, filepath.Join(c.target, c.file)), c.want)
	}
}

func TestCopyRefusesWhatItCannotCopy(t *testing.T) {
	host, e := startSSHD(t), newEngine(t, copyToRemote)
	assets, err := resource.NewAssetArchive(map[string]any{"a": text(t, "x")})
	must(t, err)
	_, failures := e.check(object{"connection": host.connection(), "remotePath": "/x", "source": assets})
	equal(t, len(failures), 1)

	file := filepath.Join(t.TempDir(), "file")
	write(t, file, "")
	dir := t.TempDir()
	failed(t, e.create(object{
		"connection": host.connection(), "remotePath": file, "source": fileArchive(t, dir),
	}), "Unable to make the directory")
}

func TestCopyFileIsReplacedByEveryChange(t *testing.T) {
	host, e := startSSHD(t), newEngine(t, "command:remote:CopyFile")
	source := filepath.Join(t.TempDir(), "source")
	write(t, source, "content")
	target := filepath.Join(t.TempDir(), "target")
	inputs := object{"connection": host.connection(), "localPath": source, "remotePath": target}
	must(t, e.create(inputs))
	equal(t, read(t, target), "content")
}

func text(t *testing.T, content string) *resource.Asset {
	asset, err := resource.NewTextAsset(content)
	must(t, err)
	return asset
}

func fileAsset(t *testing.T, path string) *resource.Asset {
	asset, err := resource.NewPathAsset(path)
	must(t, err)
	return asset
}

func fileArchive(t *testing.T, path string) *resource.Archive {
	archive, err := resource.NewPathArchive(path)
	must(t, err)
	return archive
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	must(t, err)
	return string(content)
}

func write(t *testing.T, path, content string) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(path), 0o755))
	must(t, os.WriteFile(path, []byte(content), 0o644))
}
