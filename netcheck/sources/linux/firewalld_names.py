"""How the chains and rules that stand for firewalld are called, for those who look for them in the model."""

ZONE_TARGET = "target of zone "
"""How the rules begin that say what a zone does with the rest."""

DEFAULT_ZONE = "default zone "
"""How the rule begins that sends packets of no other zone to the default one."""

IN_ZONE = "filter/INPUT/IN_"
"""How the chains begin that judge packets for the machine, by zone."""
