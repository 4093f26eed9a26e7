package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/pkg/sftp"
)

// sftpFiles are the files of a host.
type sftpFiles struct{ *sftp.Client }

// withSFTP lets work use a host's files.
func withSFTP(ctx context.Context, connection *Connection, work func(sftpFiles) error) error {
	client, err := connection.dial(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	// Concurrent writes need care where files are written in parts; here each is written in one go.
	files, err := sftp.NewClient(client.Client, sftp.UseConcurrentWrites(true))
	if err != nil {
		return fmt.Errorf("Unable to open SFTP on %s: %w", connection.address(), err)
	}
	defer files.Close()
	return work(sftpFiles{files})
}

// copy copies a file or directory. A directory goes into target under its own name, unless its path
// ends with a slash; a file does so where target is a directory.
func (f sftpFiles) copy(source, target string) error {
	info, err := os.Stat(source)
	if err != nil {
		return fmt.Errorf("Unable to read %s: %w", source, err)
	}
	if info.IsDir() {
		if !strings.HasSuffix(source, "/") {
			target = path.Join(target, filepath.Base(source))
		}
		return f.copyDirectory(source, target)
	}
	if f.isDirectory(target) {
		target = path.Join(target, filepath.Base(source))
	} else if err := f.makeDirectory(path.Dir(target)); err != nil {
		return err
	}
	return f.copyFile(source, target)
}

func (f sftpFiles) copyDirectory(source, target string) error {
	if err := f.makeDirectory(target); err != nil {
		return err
	}
	return fs.WalkDir(os.DirFS(source), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return fmt.Errorf("Unable to read %s: %w", filepath.Join(source, name), err)
		case entry.IsDir():
			return f.makeDirectory(path.Join(target, name))
		default:
			return f.copyFile(filepath.Join(source, name), path.Join(target, name))
		}
	})
}

func (f sftpFiles) copyFile(source, target string) error {
	file, err := os.Open(source)
	if err != nil {
		return fmt.Errorf("Unable to read %s: %w", source, err)
	}
	defer file.Close()
	return f.write(file, target)
}

// writeText writes a text to a file, whose name target has to include: a text has none of its own.
func (f sftpFiles) writeText(text, target string) error {
	if f.isDirectory(target) {
		return fmt.Errorf("Unable to write %s: it is a directory. Name a file in remotePath", target)
	}
	if err := f.makeDirectory(path.Dir(target)); err != nil {
		return err
	}
	return f.write(strings.NewReader(text), target)
}

func (f sftpFiles) write(content io.Reader, target string) error {
	file, err := f.Create(target)
	if err != nil {
		return fmt.Errorf("Unable to write %s: %w", target, err)
	}
	_, err = file.ReadFrom(content)
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("Unable to write %s: %w", target, err)
	}
	return nil
}

func (f sftpFiles) makeDirectory(target string) error {
	if err := f.MkdirAll(target); err != nil {
		return fmt.Errorf("Unable to make the directory %s: %w", target, err)
	}
	return nil
}

func (f sftpFiles) isDirectory(target string) bool {
	info, err := f.Stat(target)
	return err == nil && info.IsDir()
}
