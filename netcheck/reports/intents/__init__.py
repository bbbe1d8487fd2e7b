"""The outcome of intents, for people and for the programs of their pipelines: one file a format."""
