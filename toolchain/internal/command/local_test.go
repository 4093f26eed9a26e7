package command

import (
	"os"
	"path/filepath"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
)

const localCommand = "command:local:Command"

func TestLocalCommandLivesItsLife(t *testing.T) {
	e := newEngine(t, localCommand)
	dir := t.TempDir()
	inputs := object{
		"dir": dir, "stdin": "text", "environment": object{"NAME": "file"},
		"create": "cat > $NAME; echo made; echo warned >&2",
		"update": "echo after $PULUMI_COMMAND_STDOUT and $PULUMI_COMMAND_STDERR",
		"delete": "rm $NAME",
	}
	must(t, e.create(inputs))
	equal(t, e.output("stdout"), "made")
	text, err := os.ReadFile(filepath.Join(dir, "file"))
	must(t, err)
	equal(t, string(text), "text")

	inputs["stdin"] = "other"
	must(t, e.update(inputs))
	equal(t, e.output("stdout"), "after made and warned")
	inputs["addPreviousOutputInEnv"] = false
	must(t, e.update(inputs))
	equal(t, e.output("stdout"), "after and")

	must(t, e.delete())
	entries, err := os.ReadDir(dir)
	must(t, err)
	equal(t, len(entries), 0)
}

func TestLocalCommandUsesItsInterpreter(t *testing.T) {
	e := newEngine(t, localCommand)
	must(t, e.create(object{"interpreter": list("/bin/echo", "-n", "given:"), "create": "it"}))
	equal(t, e.output("stdout"), "given: it")
}

func TestLocalCommandCollectsFiles(t *testing.T) {
	e := newEngine(t, localCommand)
	must(t, e.create(object{
		"dir":          t.TempDir(),
		"create":       "mkdir -p a/b; touch a/one.js a/b/two.js a/b/secret.js top.txt",
		"assetPaths":   list("a/**.js", "!**secret.*"),
		"archivePaths": list("*.txt"),
	}))
	assets := e.state.Get("assets").AsMap()
	equal(t, assets.Len(), 2)
	equal(t, assets.Get("a/b/two.js").IsAsset(), true)
	// On the wire, an archive is an object.
	equal(t, e.state.Get("archive").AsMap().Get("assets").AsMap().Len(), 1)
}

func TestLocalRun(t *testing.T) {
	e := newEngine(t, localCommand)
	result, err := e.server.Invoke(p.InvokeRequest{
		Token: "command:local:run", Args: object{"command": "cat; echo err >&2", "stdin": "hello"}.properties(),
	})
	must(t, err)
	equal(t, result.Return.Get("stdout").AsString(), "hello")
	equal(t, result.Return.Get("stderr").AsString(), "err")
	_, err = e.server.Invoke(p.InvokeRequest{
		Token: "command:local:run", Args: object{"command": "echo broken >&2; exit 2"}.properties(),
	})
	failed(t, err, "Unable to run the command: exit status 2", "broken")
}

func TestLocalRunShowsWhatATerminalWouldObey(t *testing.T) {
	e := newEngine(t, localCommand)
	err := e.create(object{"create": `printf 'a\033[2Jb\342\200\256c\n' >&2; exit 1`})
	failed(t, err, `a\u{1b}[2Jb\u{202e}c`)
}
