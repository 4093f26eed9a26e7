package remote

import (
	"context"
	"time"

	"golang.org/x/crypto/ssh"
)

const (
	keepAliveInterval = 15 * time.Second
	keepAliveLimit    = 60 * time.Second
)

// keepAlive ends the connection when the host no longer answers. Without it, a command on a host
// that died would wait forever. It returns when the connection ends.
func keepAlive(ctx context.Context, client *ssh.Client) {
	closed := make(chan struct{})
	go func() {
		client.Wait() //nolint:errcheck // its users see why it ended
		close(closed)
	}()
	tick := time.NewTicker(keepAliveInterval)
	defer tick.Stop()
	for {
		select {
		case <-closed:
			return
		case <-ctx.Done():
			return
		case <-tick.C:
			silent := time.AfterFunc(keepAliveLimit, func() { client.Close() })
			_, _, err := client.SendRequest("keepalive@openssh.com", true, nil)
			silent.Stop()
			if err != nil {
				return
			}
		}
	}
}
