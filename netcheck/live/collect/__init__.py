"""The network of Azure subscriptions read into a folder of the files that netcheck's readers know."""
