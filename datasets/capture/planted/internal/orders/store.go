// Package orders keeps the orders in a database.
package orders

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand"
	"time"

	_ "github.com/lib/pq" // the driver

	"shop.example/services/internal/meter"
)

// Store is the table of orders and the few connections to it.
type Store struct{ db *sql.DB }

// Open connects to a PostgreSQL database and fills the table.
func Open(source string, connections int) (*Store, error) {
	db, err := sql.Open("postgres", source)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	for _, statement := range []string{
		`drop table if exists orders`,
		`create table orders (id int primary key, customer int, cents int)`,
		`insert into orders select i, i % 700, 100 + i % 900 from generate_series(1, 20000) i`,
		`analyze orders`,
	} {
		if _, err := db.Exec(statement); err != nil {
			return nil, err
		}
	}
	return &Store{db}, nil
}

// Find looks an order up.
func (s *Store) Find(ctx context.Context, id int) (string, error) {
	done := meter.Waiting(ctx)
	conn, err := s.db.Conn(ctx)
	done()
	if err != nil {
		return "", err
	}
	defer conn.Close()
	var cents int
	if err := conn.QueryRowContext(ctx, `select cents from orders where id = $1`, 1+id%20000).Scan(&cents); err != nil {
		return "", err
	}
	return fmt.Sprint(cents), nil
}

// Export sums up the customers now and then, on as many connections at once.
func (s *Store) Export(parts int, each, pause time.Duration) {
	for {
		time.Sleep(pause/2 + time.Duration(rand.Int63n(int64(pause))))
		ended := make(chan error, parts)
		for part := 0; part < parts; part++ {
			go func(part int) { ended <- s.exportPart(part, parts, each) }(part)
		}
		for part := 0; part < parts; part++ {
			<-ended
		}
	}
}

func (s *Store) exportPart(part, parts int, each time.Duration) error {
	conn, err := s.db.Conn(context.Background())
	if err != nil {
		return err
	}
	defer conn.Close()
	defer meter.Span("exportPart")()
	rows, err := conn.QueryContext(context.Background(),
		`select customer, sum(cents), pg_sleep($1) from orders where customer % $2 = $3 group by customer limit 1`, each.Seconds(), parts, part)
	if err != nil {
		return err
	}
	defer rows.Close()
	total := 0
	for rows.Next() {
		var customer, cents int
		var nothing any
		if err := rows.Scan(&customer, &cents, &nothing); err != nil {
			return err
		}
		total += cents
	}
	return rows.Err()
}
