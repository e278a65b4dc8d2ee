package support

import "context"

// Look is what Run does each second, once.
func (w *Watcher) Look(ctx context.Context) error { return w.look(ctx) }
