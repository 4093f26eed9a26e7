package output

import (
	"bytes"
	"sync"
)

// lines passes what is written to it on, line by line and without a limit on their length.
type lines struct {
	mu      sync.Mutex
	partial bytes.Buffer
	show    func(string)
}

func (l *lines) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.partial.Write(text)
	for {
		end := bytes.IndexByte(l.partial.Bytes(), '\n')
		if end < 0 {
			return len(text), nil
		}
		l.show(string(bytes.TrimRight(l.partial.Next(end+1), "\r\n")))
	}
}

// flush passes on the last line, which need not end with a newline.
func (l *lines) flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.partial.Len() > 0 {
		l.show(l.partial.String())
		l.partial.Reset()
	}
}
