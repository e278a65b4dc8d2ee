package home

import "bellwether/internal/web/cabinet"

// Register adds the page.
func Register(*cabinet.Cabinet) {}
