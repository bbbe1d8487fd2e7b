"""A Linux host firewall as nft lists it: `nft list ruleset`, `nft -j list ruleset`, or a file for `nft -f`."""

from __future__ import annotations

from netcheck.diagnostics import Collector
from netcheck.model.hosts import ChainFirewall
from netcheck.sources.linux.nft_build import build_firewall


def read_nft_ruleset(path: str, collector: Collector) -> ChainFirewall:
    """Read a rule set, text or JSON, into base chains and the chains they call.

    Faults are collected; no readable file is an InputError.
    """
    from netcheck.sources._json import looks_like_json
    from netcheck.sources._text import read_text
    from netcheck.sources.linux.nft_json import read_json_form
    from netcheck.sources.linux.nft_text import read_text_form

    text = read_text(path)
    if looks_like_json(text):
        tables = read_json_form(text, path, collector)
    else:
        tables = read_text_form(text, path, collector)
        if not tables and not collector.has_errors:
            advice = (
                "`nft list ruleset` prints nothing without root; where there are no rules write `hostFirewall: none`"
            )
            collector.refuse(path, "NC157", "no table in it", advice)
    return build_firewall(tables or [], path, collector)
