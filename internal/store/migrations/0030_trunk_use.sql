-- How many calls each node has over a trunk, or to a number, that bounds them. Owned by internal/trunk. Instants are microseconds.
CREATE TABLE trunk_use (
    bound   TEXT   NOT NULL, -- what bounds them: a trunk, or a number
    node    TEXT   NOT NULL, -- a run of a node; empty for the row by which they wait for each other
    calls   BIGINT NOT NULL,
    seen_at BIGINT NOT NULL, -- when the node last said so
    PRIMARY KEY (bound, node)
) {{clustered}};
CREATE INDEX trunk_use_node ON trunk_use (node);
