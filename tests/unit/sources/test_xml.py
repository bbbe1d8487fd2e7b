"""XML to elements: places, names, and the documents that are refused before they cost anything."""

from __future__ import annotations

import pytest

from netcheck.diagnostics import Source
from netcheck.sources._xml import XmlError, read_xml


def test_elements_know_their_place() -> None:
    """Line and column of the tag, from 1."""
    root = read_xml("<?xml version='1.0'?>\n<a>\n  <b c='d'/><b>one<e/>two</b></a>", "file")
    assert [child.at for child in (root, *root.children)] == [Source("file", *at) for at in ((2, 1), (3, 3), (3, 13))]
    assert ([child.text for child in root.each("b")], root.children[0].get("c")) == (["", "onetwo"], "d")
    assert (root.first("b"), root.first("x"), root.get("c", "none")) == ("", "", "none")


def test_prefixes_of_namespaces() -> None:
    """A report of Group Policy has some; a zone of firewalld has none, and with one it is no zone."""
    text = "<q:a xmlns:q='urn:x' q:b='c'><q:d/></q:a>"
    assert read_xml(text, "file").name == "q:a"
    root = read_xml(text, "file", drops_prefixes=True)
    assert (root.name, root.get("b"), [child.name for child in root.children]) == ("a", "c", ["d"])


def test_the_text_is_decoded_already() -> None:
    """The encoding that the document names was that of its bytes."""
    text = "<?xml version='1.0' encoding='iso-8859-1'?><a b='\u00e9\u20ac'/>"
    assert read_xml(text, "file").get("b") == "\u00e9\u20ac"


@pytest.mark.parametrize(
    ("text", "line", "is_broken"),
    [
        ("<a>\n", 2, True),
        ("<a>\n<b></a>", 2, True),
        ("<a/><b/>", 1, True),
        ("", 1, True),
        ("<a>&b;</a>", 1, True),
        ("\n<!DOCTYPE a><a/>", 2, False),
        ('<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;">]><a>&d;</a>', 1, False),
        ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', 1, False),
        ("<a>" * 65 + "</a>" * 65, 1, False),
    ],
)
def test_what_is_refused(text: str, line: int, *, is_broken: bool) -> None:
    """What is not well-formed, every DOCTYPE, and nesting that no file of these kinds has."""
    with pytest.raises(XmlError) as caught:
        read_xml(text, "file")
    assert (caught.value.at.line, caught.value.is_broken) == (line, is_broken)


def test_nesting_that_is_read() -> None:
    """Up to 64 elements in each other."""
    assert read_xml("<a>" * 64 + "</a>" * 64, "file").name == "a"
