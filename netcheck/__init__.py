"""netcheck: an offline network path analyzer for Azure.

The public names are imported on first use, so that `import netcheck` costs nothing.
"""

from __future__ import annotations

from importlib import import_module

from netcheck._version import __version__

TYPE_CHECKING = False  # checkers know the name; to import it from typing takes 2 ms
if TYPE_CHECKING:
    from netcheck.api import (
        assert_not_reachable,
        assert_reachable,
        can_reach,
        check,
        check_intents,
        check_ready,
        compare,
        convert,
        diff,
        diff_tags,
        digest,
        explain,
        filter_packets,
        find_dead_rules,
        fix,
        lint_site,
        load,
        load_tags,
        matrix,
        tag_contains,
        which_tags,
    )
    from netcheck.errors import InputError, NetcheckError, PlanError, QuestionError
    from netcheck.model.flow import Flow
    from netcheck.model.site import Site
    from netcheck.path.leg import Verdict
    from netcheck.questions.answer import Answer

_HOME = {
    "Answer": "netcheck.questions.answer",
    "Flow": "netcheck.model.flow",
    "InputError": "netcheck.errors",
    "NetcheckError": "netcheck.errors",
    "PlanError": "netcheck.errors",
    "QuestionError": "netcheck.errors",
    "Site": "netcheck.model.site",
    "Verdict": "netcheck.path.leg",
    "assert_not_reachable": "netcheck.api",
    "assert_reachable": "netcheck.api",
    "can_reach": "netcheck.api",
    "check": "netcheck.api",
    "check_intents": "netcheck.api",
    "check_ready": "netcheck.api",
    "compare": "netcheck.api",
    "convert": "netcheck.api",
    "diff": "netcheck.api",
    "diff_tags": "netcheck.api",
    "digest": "netcheck.api",
    "explain": "netcheck.api",
    "filter_packets": "netcheck.api",
    "find_dead_rules": "netcheck.api",
    "fix": "netcheck.api",
    "lint_site": "netcheck.api",
    "load": "netcheck.api",
    "load_tags": "netcheck.api",
    "matrix": "netcheck.api",
    "tag_contains": "netcheck.api",
    "which_tags": "netcheck.api",
}

__all__ = [
    "Answer",
    "Flow",
    "InputError",
    "NetcheckError",
    "PlanError",
    "QuestionError",
    "Site",
    "Verdict",
    "__version__",
    "assert_not_reachable",
    "assert_reachable",
    "can_reach",
    "check",
    "check_intents",
    "check_ready",
    "compare",
    "convert",
    "diff",
    "diff_tags",
    "digest",
    "explain",
    "filter_packets",
    "find_dead_rules",
    "fix",
    "lint_site",
    "load",
    "load_tags",
    "matrix",
    "tag_contains",
    "which_tags",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'netcheck' has no attribute '{name}'")
    return getattr(import_module(_HOME[name]), name)
