// Package pricebook holds price books: what a vendor charges for, as data. One format serves Ringostat, K50:Tracker and
// InSales; the three shipped books are embedded, and a vendor adds its own as a file.
//
// It owns the format (YAML with a published JSON Schema), its checks with file, line and hint, the shipped books and the
// choice of the version in force on a date. It computes no price: that is pricing's and rating's. Reading takes bytes,
// not files, and nothing here reads a clock.
package pricebook
