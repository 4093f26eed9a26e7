// Command pulumi-language-nodejs lets the Pulumi engine run Node.js programs. It starts what the
// npm SDK brings (@pulumi/pulumi/cmd/run) and answers the engine's questions about the program's
// packages.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/logging"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	"github.com/pulumi/pulumi/sdk/v3/go/common/version"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
)

func main() {
	tracing := flag.String("tracing", "", "address of a Zipkin-compatible tracing endpoint")
	showVersion := flag.Bool("version", false, "print the version and exit")
	flag.Parse()
	if *showVersion {
		fmt.Println(version.Version)
		return
	}
	logging.InitLogging(false, 0, false)

	// Without an address, the engine introduces itself in Handshake.
	if err := serve(newHost(flag.Arg(0), *tracing)); err != nil {
		fmt.Fprintln(os.Stderr, "Unable to serve the Node.js language host:", err)
		os.Exit(1)
	}
}

// serve answers the engine until it ends. The engine learns the port from the first line of
// standard output.
func serve(h *host) error {
	if h.engine != "" {
		if err := h.endWithEngine(); err != nil {
			return err
		}
	}
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: h.ended,
		Init: func(server *grpc.Server) error {
			pulumirpc.RegisterLanguageRuntimeServer(server, h)
			return nil
		},
		Options: rpcutil.TracingServerInterceptorOptions(nil),
	})
	if err != nil {
		return err
	}
	fmt.Println(handle.Port)
	return <-handle.Done
}
