package main

import (
	"context"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	"github.com/pulumi/pulumi/sdk/v3/go/common/version"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
)

// healthInterval is how often the host checks whether the engine is still alive.
const healthInterval = time.Minute

// host implements the engine's language runtime service. What it leaves out (code generation,
// packing) is answered with "unimplemented".
type host struct {
	pulumirpc.UnimplementedLanguageRuntimeServer

	engine  string
	tracing string

	// ended makes the server stop; cancelled interrupts the running program.
	ended     chan bool
	end       func()
	cancelled context.Context
	cancel    context.CancelFunc
}

func newHost(engine, tracing string) *host {
	ended := make(chan bool)
	cancelled, cancel := context.WithCancel(context.Background())
	return &host{
		engine:    engine,
		tracing:   tracing,
		ended:     ended,
		end:       sync.OnceFunc(func() { close(ended) }),
		cancelled: cancelled,
		cancel:    cancel,
	}
}

// endWithEngine makes the host end when the engine is gone or the user interrupts.
func (h *host) endWithEngine() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	context.AfterFunc(ctx, func() {
		stop()
		h.end()
	})
	return rpcutil.Healthcheck(ctx, h.engine, healthInterval, stop)
}

// Handshake tells the host where the engine listens.
func (h *host) Handshake(
	_ context.Context, req *pulumirpc.LanguageHandshakeRequest,
) (*pulumirpc.LanguageHandshakeResponse, error) {
	h.engine = req.EngineAddress
	return &pulumirpc.LanguageHandshakeResponse{}, h.endWithEngine()
}

// GetPluginInfo says which version this is.
func (h *host) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: version.Version}, nil
}

// Cancel interrupts the running program.
func (h *host) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	h.cancel()
	return &emptypb.Empty{}, nil
}
