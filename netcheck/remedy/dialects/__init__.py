"""The dialects that a plan can be spelled in, one module each; `dialect` is their registry."""
