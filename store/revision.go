package store

import (
	"context"
	"database/sql"
	"sync"
)

// poll asks one connection for PRAGMA data_version: its values mean something only compared on the same connection.
type poll struct {
	mu    sync.Mutex
	conn  *sql.Conn
	epoch int64 // counts connections: a new one must not repeat a value of the old one
}

func (p *poll) take() *sql.Conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.conn
	p.conn = nil
	return c
}

// DataVersion returns a number that differs from the last one when anything was committed in between, by this process or
// another. Only equality means something. It costs microseconds: call it often, and Revision when it changed.
func (s *Store) DataVersion(ctx context.Context) (int64, error) {
	n, err := s.dataVersion(ctx)
	return n, s.fault("read data version", err)
}

func (s *Store) dataVersion(ctx context.Context) (int64, error) {
	s.poll.mu.Lock()
	defer s.poll.mu.Unlock()
	if s.poll.conn == nil {
		c, err := s.readers.Conn(ctx)
		if err != nil {
			return 0, err
		}
		s.poll.conn = c
		s.poll.epoch++
	}
	var n int64
	if err := s.poll.conn.QueryRowContext(ctx, "PRAGMA data_version").Scan(&n); err != nil {
		_ = s.poll.conn.Close()
		s.poll.conn = nil
		return 0, err
	}
	return s.poll.epoch<<32 + n, nil // data_version is a 32-bit counter
}

// Revision counts the Puts on this data folder, by any process: when it changed, what is searched changed.
func (s *Store) Revision(ctx context.Context) (int64, error) {
	var n int64
	err := s.readers.QueryRowContext(ctx, "SELECT n FROM revision").Scan(&n)
	return n, s.fault("read revision", err)
}
