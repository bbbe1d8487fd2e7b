"""What Azure's interfaces and tools print: resources, effective rules and routes, Resource Graph rows."""
