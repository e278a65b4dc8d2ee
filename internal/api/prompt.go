package api

import (
	"context"
	"net/http"
	"time"

	"bellwether/internal/ident"
	"bellwether/internal/routing"
	"bellwether/internal/store"
)

// Prompt is a sound that callers hear.
type Prompt struct {
	ID      routing.PromptID   `json:"id" doc:"Schemes name it so"`
	Name    string             `json:"name"`
	Kind    routing.PromptKind `json:"kind" enum:"prompt,music"`
	Format  string             `json:"format" enum:"wav,mp3"`
	Bytes   int64              `json:"bytes"`
	Seconds float64            `json:"seconds"`
	Hash    string             `json:"hash" doc:"SHA-256 of the file, in hex"`
	Spoken  string             `json:"spoken,omitempty" doc:"The text, of one that the node has spoken"`
	MadeAt  time.Time          `json:"made_at"`
}

// Prompts are those of a project.
type Prompts struct {
	Prompts []Prompt `json:"prompts"`
}

// OnePrompt is a prompt of a project, by its path.
type OnePrompt struct {
	Of
	Prompt string `path:"prompt" maxLength:"64"`
}

// PromptFile is a file to be a prompt.
type PromptFile struct {
	Of
	Name    string `query:"name" required:"true" minLength:"1" maxLength:"100"`
	Kind    string `query:"kind" enum:"prompt,music" default:"prompt"`
	RawBody []byte `contentType:"application/octet-stream" doc:"The file itself: WAV or MP3"`
}

// PromptText is a text to be spoken.
type PromptText struct {
	Of
	Body struct {
		Name  string `json:"name" minLength:"1" maxLength:"100"`
		Text  string `json:"text" minLength:"1" maxLength:"4000" doc:"Up to 1000 characters"`
		Voice string `json:"voice" enum:"ru,uk,en"`
	}
}

func promptRoutes(a *API) {
	const tag, all = chapterTelephony, "/v1/projects/{project}/prompts"
	read(a, route{method: http.MethodGet, path: all, id: "list-prompts", tag: tag, need: needSchemes, summary: "List prompts and music"}, a.listPrompts)
	prepared(a, route{
		method: http.MethodPost, path: all, id: "add-prompt", tag: tag, need: needSchemesWrite, status: http.StatusCreated, mostBytes: routing.LargestSound, ownRecord: true, summary: "Upload a prompt or music",
		text: "The body is the file: WAV or MP3, at most 30 minutes and 20 MB, told by what it contains (Rule T-50).",
	}, func(_ context.Context, in *PromptFile) (routing.Stored, error) {
		return a.parts.Routing.Store(in.RawBody)
	}, a.addPrompt)
	prepared(a, route{
		method: http.MethodPost, path: "/v1/projects/{project}/spoken-prompts", id: "speak-prompt", tag: tag, need: needSchemesWrite, status: http.StatusCreated, ownRecord: true, summary: "Let the node speak a prompt",
		text: "Refused with `routing.no_voice` where the node has no voice (espeak-ng).",
	}, func(ctx context.Context, in *PromptText) (routing.Stored, error) {
		sound, err := routing.Speak(ctx, in.Body.Text, in.Body.Voice)
		if err != nil {
			return routing.Stored{}, err
		}
		return a.parts.Routing.Store(sound)
	}, func(ctx context.Context, tx *store.Tx, in *PromptText, file routing.Stored) (Prompt, error) {
		p, err := a.permitOf(ctx, ident.ProjectOrg(in.id()))
		if err != nil {
			return Prompt{}, err
		}
		made, err := a.parts.Routing.AddPrompt(ctx, tx, p, in.Body.Name, routing.PromptKind("prompt"), file, in.Body.Text, in.Body.Voice, a.now())
		return viewPrompt(made), err
	})
	write(a, route{
		method: http.MethodDelete, path: all + "/{prompt}", id: "remove-prompt", tag: tag, need: needSchemesWrite, ownRecord: true, summary: "Remove a prompt",
		text: "Refused with `routing.prompt_used` while a scheme, a draft or the settings play it.",
	}, func(ctx context.Context, tx *store.Tx, in *OnePrompt) (Removed, error) {
		p, err := a.permitOf(ctx, ident.ProjectOrg(in.id()))
		if err != nil {
			return Removed{}, err
		}
		return Removed{in.Prompt}, a.parts.Routing.RemovePrompt(ctx, tx, p, routing.PromptID(in.Prompt), a.now())
	})
}

func (a *API) listPrompts(ctx context.Context, in *struct{ Of }) (out Prompts, err error) {
	list, err := routing.Prompts(ctx, a.parts.DB, in.id())
	out.Prompts = make([]Prompt, len(list))
	for i, p := range list {
		out.Prompts[i] = viewPrompt(p)
	}
	return out, err
}

func (a *API) addPrompt(ctx context.Context, tx *store.Tx, in *PromptFile, file routing.Stored) (Prompt, error) {
	p, err := a.permitOf(ctx, ident.ProjectOrg(in.id()))
	if err != nil {
		return Prompt{}, err
	}
	made, err := a.parts.Routing.AddPrompt(ctx, tx, p, in.Name, routing.PromptKind(in.Kind), file, "", "", a.now())
	return viewPrompt(made), err
}

func viewPrompt(p routing.Prompt) Prompt {
	return Prompt{ID: p.ID, Name: p.Name, Kind: p.Kind, Format: p.Format, Bytes: p.Bytes, Seconds: p.Length.Seconds(), Hash: p.Hash, Spoken: p.Spoken, MadeAt: p.MadeAt}
}
