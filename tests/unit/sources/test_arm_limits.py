"""Templates that are broken, endless or hostile: an error with its place, soon, and never a traceback."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netcheck.sources.arm.expression import Access, Call, GrammarError, Literal, is_expression, parse_expression
from tests.unit.sources.test_arm_template import Read, nested, nsg, template


def test_the_tree_of_an_expression() -> None:
    """Calls, quotes that are doubled, numbers, and what stands behind a call, each with its offset."""
    expected = Access(
        Call("f", (Literal("it's", True, 3), Literal("-7", False, 12)), 1),
        (Literal("name", True, 17), Literal("0", False, 22)),
        1,
    )
    assert expected == parse_expression("[f('it''s', -7) .name[0]]")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[a()]", True),
        ("[[a()]", False),
        ("[a()", False),
        ("a()]", False),
        ("[", False),
        ("", False),
        (" [a()]", False),
    ],
)
def test_what_an_expression_is(text: str, expected: bool) -> None:
    """A text between brackets, of which the first is not doubled."""
    assert expected == is_expression(text)


@pytest.mark.parametrize(
    ("text", "at", "why"),
    [
        ("[]", 1, "the name of a function is expected"),
        ("[concat('a']", 11, "`)` is expected"),
        ("[concat('a',)]", 12, "the name of a function is expected"),
        ("[concat('a)]", 8, "a text without its closing quote"),
        ("[a() b()]", 5, "the end is expected"),
        ("[a() + 1]", 5, "it has no place here"),
        ("[name]", 5, "`(` is expected"),
        ("[a().]", 5, "the name of a function is expected"),
        ("[a()[0]", 6, "`]` is expected"),
    ],
)
def test_broken_expressions_say_where(text: str, at: int, why: str) -> None:
    """The offset is that of the first token that cannot be."""
    with pytest.raises(GrammarError) as caught:
        parse_expression(text)
    assert (at, why) == (caught.value.at, caught.value.message.rpartition(": ")[2])


def test_expressions_have_a_longest_and_a_deepest() -> None:
    """24,576 characters and 100 levels are read, one more is not."""
    assert parse_expression("['" + "x" * 24_572 + "']") is not None
    assert parse_expression("[" + "f(" * 100 + "1" + ")" * 100 + "]") is not None
    with pytest.raises(GrammarError, match="24577 characters"):
        parse_expression("['" + "x" * 24_573 + "']")
    with pytest.raises(GrammarError, match="100 levels"):
        parse_expression("[" + "f(" * 101 + "1" + ")" * 101 + "]")


def doubling(step: str, first: Any) -> dict[str, Any]:
    return {"v0": first} | {f"v{n}": step.replace("V", f"variables('v{n - 1}')") for n in range(1, 40)}


HOSTILE = {
    "a text that doubles": template(nsg("[variables('v39')]"), variables=doubling("[concat(V, V)]", "x" * 10)),
    "an array that doubles": template(nsg("n", {"a": "[variables('v39')]"}), variables=doubling("[concat(V, V)]", [1])),
    "a tree of shared parts": template(
        nsg("n", {"a": "[variables('v39')]"}), variables=doubling("[createArray(V, V)]", [1])
    ),
    "variables in a row": template(
        nsg("[variables('v999')]"),
        variables={"v0": "x"} | {f"v{n}": f"[variables('v{n - 1}')]" for n in range(1, 1000)},
    ),
    "a function that calls itself": template(
        nsg("[n.f('x')]"),
        functions=[
            {
                "namespace": "n",
                "members": {
                    "f": {
                        "parameters": [{"name": "x", "type": "string"}],
                        "output": {"type": "string", "value": "[n.f(parameters('x'))]"},
                    }
                },
            }
        ],
    ),
    "many resources": template(nsg("[string(copyIndex())]", copy={"name": "c", "count": 10**9})),
    "a value too deep": template(
        nsg("n", {"a": "[reduce(range(0, 99), 1, lambda('a', 'b', createArray(lambdaVariables('a'))))]"})
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_endless_templates_end_in_an_error(name: str) -> None:
    """Each is over at once, with one error that says so."""
    start = time.perf_counter()
    read = Read(HOSTILE[name])
    assert read.codes == ["NC188"]
    assert time.perf_counter() - start < 3


def test_the_loop_that_is_too_long_is_shown() -> None:
    """The place is that of the loop, not of the template."""
    text = json.dumps(HOSTILE["many resources"])
    column = text.index('{"name": "c"') + 1
    assert [f"t.json:1:{column} NC188"] == Read(text).places


def test_fifteen_nested_templates_are_read() -> None:
    """As deep as the nesting of files allows, each handing a parameter to the next."""
    inner = template(nsg("[parameters('p')]"), parameters={"p": {"type": "string"}})
    for number in range(14):
        given = {"p": {"value": "[toLower(parameters('p'))]"}}
        inner = template(nested(f"d{number}", inner, parameters=given), parameters={"p": {"type": "string"}})
    assert ["NSG".lower()] == [one.name for one in Read(inner, {"p": {"value": "NSG"}}).resources]


def test_deployments_whose_outputs_form_a_ring() -> None:
    """Two deployments that wait for one another have no outputs."""
    pair = [
        nested(
            one,
            template(outputs={"o": {"type": "string", "value": f"[reference('{other}').outputs.o.value]"}}),
            "outer",
        )
        for one, other in (("a", "b"), ("b", "a"))
    ]
    read = Read(template(*pair, nsg("[reference('a').outputs.o.value]")))
    assert read.messages == ["output `a.o` leads back to itself: `a.o` → `b.o` → `a.o`"]


_TEXTS = st.sampled_from(
    ["", "x", "[parameters('p')]", "[variables('v')]", "[copyIndex()]", "[concat(",
     "[if(parameters('p'), 1, nosuch())]",
     "[map(variables('v'), lambda('x', lambdaVariables('x').a[0]))]", "[union(variables('v'), parameters('p'))]",
     "[resourceId('A.B/c', parameters('p'))]", "[reference('d').outputs.o.value]", "a/b", "A.B/c/d", "A.B/c"]
)  # fmt: skip
_KEYS = st.sampled_from(["type", "name", "properties", "copy", "count", "input", "condition", "resources", "template",
                         "value", "scope", "outputs", "o", "v", "p", "parameters", "defaultValue",
                         "variables"])  # fmt: skip
_VALUES = st.recursive(
    _TEXTS | st.none() | st.booleans() | st.integers(-1, 3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=5),
    max_leaves=20,
)


@settings(max_examples=300, deadline=None)
@given(_VALUES, _VALUES, st.lists(_VALUES, max_size=4))
def test_no_template_crashes_the_reader(variables: Any, parameters: Any, resources: list[Any]) -> None:
    """Whatever stands where, the outcome is resources and faults."""
    shaped = [
        {"type": "Microsoft.Network/routeTables", "name": "r", **one} if isinstance(one, dict) else one
        for one in resources
    ]
    Read(template(*shaped, variables=variables, parameters=parameters))
