"""HTTP proxies: the configuration of the servers, and the settings of their clients."""
