"""Syntax trees of scripts: without errors, without holes, and nothing in them that a reader did not ask for."""

from __future__ import annotations

from collections.abc import Iterator

import tree_sitter_bash
import tree_sitter_bicep
import tree_sitter_hcl
import tree_sitter_powershell
from tree_sitter import Language, Node, Parser

LANGUAGES = {
    "powershell": Language(tree_sitter_powershell.language()),
    "bash": Language(tree_sitter_bash.language()),
    "hcl": Language(tree_sitter_hcl.language()),
    "bicep": Language(tree_sitter_bicep.language()),
}
_WHOLE = {"string", "raw_string", "string_lit", "string_literal", "comment"}
"""Nodes that are read as text, by the rules of the language: the grammars leave out parts of some escapes."""


class NotIntendedError(AssertionError):
    """A script has something in it that no dialect writes."""


def parse(language: str, script: str) -> Node:
    """Return the tree of a script; refuse one with errors, or with anything but blanks between its tokens."""
    source = script.encode()
    root = Parser(LANGUAGES[language]).parse(source).root_node
    if root.has_error:
        raise NotIntendedError(f"no {language}: {root}\n{script}")
    at = 0
    for leaf in _leaves(root):
        _check_gap(source[at : leaf.start_byte], script)
        at = leaf.end_byte
    _check_gap(source[at:], script)
    return root


def _check_gap(gap: bytes, script: str) -> None:
    if gap.replace(b"\\\n", b"").strip(b" \n"):
        raise NotIntendedError(f"{gap!r} between the tokens of {script!r}")


def _leaves(node: Node) -> Iterator[Node]:
    if node.type in _WHOLE or not node.children:
        yield node
        return
    for child in node.children:
        yield from _leaves(child)


def text_of(node: Node) -> str:
    """Return the source of a node."""
    assert node.text is not None
    return node.text.decode()


def without_comments(node: Node) -> list[Node]:
    """Return the children of a node that are no comments."""
    return [child for child in node.children if child.type != "comment"]


def only(node: Node, *types: str) -> Node:
    """Return the node at the end of a row of nodes that have one child each; refuse another type on the way."""
    for name in types:
        if len(node.children) != 1 or node.children[0].type != name:
            raise NotIntendedError(f"{node.type} is not one {name}: {text_of(node)}")
        node = node.children[0]
    return node


def split(node: Node, *types: str) -> list[Node]:
    """Return the children of a node, which have to be of these types, one each, in this order."""
    if [child.type for child in node.children] != list(types):
        raise NotIntendedError(f"{node.type} holds {[child.type for child in node.children]}: {text_of(node)}")
    return list(node.children)
