package media

// PerSocket reads each socket in a goroutine of its own: what the loop is measured against, and what runs besides Linux.
func PerSocket(c *Config) { c.perSocket = true }
