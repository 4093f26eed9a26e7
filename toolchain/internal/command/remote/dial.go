package remote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"golang.org/x/crypto/ssh"

	p "github.com/pulumi/pulumi-go-provider"
)

const (
	firstPause = 100 * time.Millisecond
	longPause  = 5 * time.Second
)

// errHostKey is not worth another attempt.
var errHostKey = errors.New("the host's key is not the one that hostKey names. " +
	"If the host was reinstalled, set its new key; otherwise somebody may be intercepting the connection")

// dialer opens a TCP connection, directly or from another host.
type dialer func(ctx context.Context, network, address string) (net.Conn, error)

// client is an SSH client with the connection that it goes through, if any.
type client struct {
	*ssh.Client
	proxy *ssh.Client
}

// Close ends both connections.
func (c *client) Close() error {
	err := c.Client.Close()
	if c.proxy != nil {
		c.proxy.Close()
	}
	return err
}

// dial connects. The connection ends when ctx does.
func (c *Connection) dial(ctx context.Context) (*client, error) {
	connected := &client{}
	open := (&net.Dialer{}).DialContext
	if c.Proxy != nil {
		proxy, err := c.Proxy.connect(ctx, open)
		if err != nil {
			return nil, fmt.Errorf("Unable to connect to the proxy %s: %w", c.Proxy.address(), err)
		}
		connected.proxy, open = proxy, proxy.DialContext
	}
	var err error
	if connected.Client, err = c.connect(ctx, open); err != nil {
		if connected.proxy != nil {
			connected.proxy.Close()
		}
		return nil, fmt.Errorf("Unable to connect to %s: %w", c.address(), err)
	}
	context.AfterFunc(ctx, func() { connected.Close() })
	go keepAlive(ctx, connected.Client)
	return connected, nil
}

// connect tries again, with growing pauses, as often as dialErrorLimit allows: hosts take a while
// to start.
func (e *endpoint) connect(ctx context.Context, open dialer) (*ssh.Client, error) {
	config, done, err := e.config()
	if err != nil {
		return nil, err
	}
	defer done()

	pause := firstPause
	for failed := 1; ; failed++ {
		connected, err := e.attempt(ctx, open, config)
		if err == nil || errors.Is(err, errHostKey) {
			return connected, err
		}
		if limit := e.errorLimit(); limit >= 0 && failed > limit {
			return nil, fmt.Errorf("%d attempts failed, the last one with: %w", failed, err)
		}
		p.GetLogger(ctx).InfoStatusf("Waiting for %s (attempt %d failed)", e.address(), failed)
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(pause):
			pause = min(pause*3/2, longPause)
		}
	}
}

// attempt connects once. Its time limit covers the handshake, too, which ssh.ClientConfig's does
// not.
func (e *endpoint) attempt(
	ctx context.Context,
	open dialer,
	config *ssh.ClientConfig,
) (*ssh.Client, error) {
	if limit := e.timeout(); limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	conn, err := open(ctx, "tcp", e.address())
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	secured, channels, requests, err := ssh.NewClientConn(conn, e.address(), config)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return ssh.NewClient(secured, channels, requests), nil
}

func (e *endpoint) config() (*ssh.ClientConfig, func(), error) {
	config := &ssh.ClientConfig{
		User:            or(e.User, defaultUser),
		HostKeyCallback: ssh.InsecureIgnoreHostKey(), // as documented for a connection without hostKey
	}
	if e.HostKey != nil {
		pinned, err := parseHostKey(*e.HostKey)
		if err != nil {
			return nil, nil, err
		}
		config.HostKeyAlgorithms = algorithms(pinned)
		config.HostKeyCallback = func(_ string, _ net.Addr, offered ssh.PublicKey) error {
			if !bytes.Equal(offered.Marshal(), pinned.Marshal()) {
				return errHostKey
			}
			return nil
		}
	}
	methods, done, err := e.auth()
	config.Auth = methods
	return config, done, err
}

// algorithms are the signatures that a host with this key can create. RSA keys create several.
func algorithms(key ssh.PublicKey) []string {
	if key.Type() == ssh.KeyAlgoRSA {
		return []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256}
	}
	return []string{key.Type()}
}
