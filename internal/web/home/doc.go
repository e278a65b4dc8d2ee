// Package home is the first page of a project.
package home
