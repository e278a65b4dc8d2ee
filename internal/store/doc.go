// Package store is the door to the database: SQLite in a file (the default) or PostgreSQL, spoken to with one SQL text.
//
// It owns the connections, the group commit, the migrations, backup and restore, and what goes wrong underneath. It does
// not own tables: each belongs to the package whose name it begins with, and only that package names it in SQL. What a
// migration may write is said in migrations/README.md.
//
// Invariants:
//   - One writer. Every change goes through [DB.Write], whose functions run one after another in one goroutine.
//   - What Write answered with nil is durable: it survives kill -9 and a power cut.
//   - A function that fails, panics or is cancelled harms no other function in its batch.
//   - A function never runs partly: its effects are committed once or not at all. Where the outcome cannot be known (the
//     server was cut off while committing) the error says so, and a retry under the same idempotency key is safe.
//   - After an I/O error on the writer nothing is acknowledged any more until the store is opened again.
//   - A restore brings back every row as the backup wrote it, or nothing: see digest.go.
//   - SQL text uses $1, $2... and runs unchanged on both engines; amounts and instants are BIGINT, booleans INTEGER 0
//     or 1, everything else TEXT.
package store
