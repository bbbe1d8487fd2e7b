"""Printed plans, run by the unmodified Azure CLI against a small Resource Manager on the loopback address."""
