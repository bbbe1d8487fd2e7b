"""A whole estate at once: VMs that behave alike are judged as one, every pair of them is answered for."""
