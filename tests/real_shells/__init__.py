"""The completion that `netcheck completion` prints, at work in the real shells."""
