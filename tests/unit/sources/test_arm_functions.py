"""Template functions, one by one; expected values are those of Microsoft Learn, "ARM template functions"."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.sources.test_arm_template import Read, field, nsg, place, plain, template

OBJECT = {"one": "a", "Two": "b"}
VARIABLES = {"object": OBJECT, "array": ["one", "two", "three"], "nested": [[1, 2], [3]]}
PARAMETERS = {"p": {"type": "string"}, "q": {"type": "array"}}


def value(expression: str) -> Any:
    read = Read(template(nsg("n", {"value": f"[{expression}]"}), variables=VARIABLES, parameters=PARAMETERS))
    return plain(field(read.only, "properties", "value"))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("concat('prefix', '-', 'x')", "prefix-x"),
        ("concat('a', 1, true())", "a1True"),
        ("concat(createArray('1-1'), createArray('2-1', 2))", ["1-1", "2-1", 2]),
        ("format('{0}, {1}. Number: {2:N0}', 'Hello', 'User', 8175133)", "Hello, User. Number: 8,175,133"),
        ("format('{{{0:D3}}}|{1,4}|{1,-4}|{2:x2}', 7, 'ab', 10)", "{007}|  ab|ab  |0a"),
        ("toLower('One Two')", "one two"),
        ("ToUPPER('One')", "ONE"),
        ("trim('    one two three   ')", "one two three"),
        ("substring('one two three', 4, 3)", "two"),
        ("substring('one two', 4)", "two"),
        ("replace('123-123-1234', '-', '')", "1231231234"),
        ("split('one,two;three', createArray(',', ';'))", ["one", "two", "three"]),
        ("split('one,two', ',')", ["one", "two"]),
        ("join(createArray('one', 'two'), '-')", "one-two"),
        ("padLeft('123', 10, '0')", "0000000123"),
        ("padLeft(5, 3)", "  5"),
        ("startsWith('abcdef', 'AB')", True),
        ("endsWith('abcdef', 'EF')", True),
        ("startsWith('abcdef', 'e')", False),
        ("indexOf('test', 't')", 0),
        ("indexOf('abcdef', 'CD')", 2),
        ("indexOf('abcdef', 'z')", -1),
        ("lastIndexOf('test', 't')", 3),
        ("string(variables('object'))", '{"one":"a","Two":"b"}'),
        ("string(true())", "True"),
        ("string(5)", "5"),
        ("int('4')", 4),
        ("bool('true')", True),
        ("bool(0)", False),
        ("base64('one, two, three')", "b25lLCB0d28sIHRocmVl"),
        ("base64ToString('b25lLCB0d28sIHRocmVl')", "one, two, three"),
        ("base64ToJson('eyJvbmUiOiJhIn0=').one", "a"),
        ("dataUri('Hello')", "data:text/plain;charset=utf8;base64,SGVsbG8="),
        ("dataUriToString('data:;base64,SGVsbG8sIFdvcmxkIQ==')", "Hello, World!"),
        ("uri('http://contoso.com/resources/', 'nested/azuredeploy.json')", "http://contoso.com/resources/nested/azuredeploy.json"),
        ("uri('http://contoso.com/resources/azuredeploy.json', 'nested/a.json')", "http://contoso.com/resources/nested/a.json"),
        ("uriComponent('http://a/b?c')", "http%3A%2F%2Fa%2Fb%3Fc"),
        ("uriComponentToString('http%3A%2F%2Fa')", "http://a"),
        ("json('{\"a\": [1, null]}')", {"a": [1, None]}),
        ("null()", None),
    ],
)  # fmt: skip
def test_texts(expression: str, expected: Any) -> None:
    """String functions; letter case of function names does not matter."""
    assert expected == value(expression)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("array('efgh')", ["efgh"]),
        ("array(variables('array'))", ["one", "two", "three"]),
        ("contains('OneTwoThree', 'e')", True),
        ("contains('OneTwoThree', 'E')", False),
        ("contains(variables('object'), 'TWO')", True),
        ("contains(variables('object'), 'a')", False),
        ("contains(variables('array'), 'three')", True),
        ("contains(variables('array'), 'THREE')", False),
        ("empty(createArray())", True),
        ("empty('')", True),
        ("empty(null())", True),
        ("empty(variables('object'))", False),
        ("first(variables('array'))", "one"),
        ("first('One Two')", "O"),
        ("last(variables('array'))", "three"),
        ("last('One')", "e"),
        ("length(variables('array'))", 3),
        ("length('One Two Three')", 13),
        ("length(variables('object'))", 2),
        ("skip(variables('array'), 2)", ["three"]),
        ("skip('one two three', 4)", "two three"),
        ("take(variables('array'), 2)", ["one", "two"]),
        ("take('one two three', 2)", "on"),
        ("take(variables('array'), 10)", ["one", "two", "three"]),
        ("range(5, 3)", [5, 6, 7]),
        ("min(createArray(0, 3, 2))", 0),
        ("max(0, 3, 2)", 3),
        ("flatten(variables('nested'))", [1, 2, 3]),
        ("union(createArray('one', 'two'), createArray('three', 'two'))", ["one", "two", "three"]),
        ("intersection(variables('array'), createArray('two', 'three'))", ["two", "three"]),
        ("items(createObject('b', 2, 'a', 1))", [{"key": "a", "value": 1}, {"key": "b", "value": 2}]),
        ("objectKeys(createObject('b', 2, 'a', 1))", ["a", "b"]),
        ("shallowMerge(createArray(createObject('a', 1), createObject('a', 2, 'b', 3)))", {"a": 2, "b": 3}),
        ("tryGet(variables('object'), 'ONE')", "a"),
        ("tryGet(variables('object'), 'none', 'deeper')", None),
        ("tryGet(variables('array'), 7)", None),
        ("indexFromEnd(variables('array'), 2)", "two"),
        ("tryIndexFromEnd(variables('array'), 4)", None),
        ("indexOf(variables('array'), 'two')", 1),
        ("variables('array')[1]", "two"),
        ("variables('object').two", "b"),
        ("variables('object')['one']", "a"),
        ("variables('nested')[0][1]", 2),
    ],
)
def test_arrays_and_objects(expression: str, expected: Any) -> None:
    """Array and object functions, and what stands behind dots and in brackets."""
    assert expected == value(expression)


def test_union_merges_objects_inside_and_not_arrays() -> None:
    """The second example of `union` in the documentation."""
    first = {"property": {"one": "a", "two": "b", "three": "c1"}, "nestedArray": [1, 2]}
    second = {"property": {"three": "c2", "four": "d"}, "nestedArray": [3, 4]}
    body = template(nsg("n", {"v": "[union(variables('a'), variables('b'))]"}), variables={"a": first, "b": second})
    expected = {"property": {"one": "a", "two": "b", "three": "c2", "four": "d"}, "nestedArray": [3, 4]}
    assert expected == plain(field(Read(body).only, "properties", "v"))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("add(5, 3)", 8),
        ("sub(3, 5)", -2),
        ("mul(-4, 3)", -12),
        ("div(8, 3)", 2),
        ("div(-8, 3)", -2),
        ("mod(7, 3)", 1),
        ("mod(-7, 3)", -1),
        ("equals('a', 'A')", False),
        ("equals(1, '1')", False),
        ("equals(createArray(1, 2), createArray(1, 2))", True),
        ("greater(2, 1)", True),
        ("greaterOrEquals(1, 1)", True),
        ("less(2, 1)", False),
        ("lessOrEquals('a', 'b')", True),
        ("and(true(), false())", False),
        ("or(false(), true(), false())", True),
        ("not(false())", True),
        ("if(equals(1, 1), 'yes', div(1, 0))", "yes"),
        ("and(false(), equals(div(1, 0), 1))", False),
        ("coalesce(null(), json('null'), 'x', div(1, 0))", "x"),
        ("cidrSubnet('10.144.0.0/20', 24, 2)", "10.144.2.0/24"),
        ("cidrSubnet('fdad:3236:5555::/48', 52, 1)", "fdad:3236:5555:1000::/52"),
        ("cidrHost('10.144.3.0/24', 0)", "10.144.3.1"),
        ("parseCidr('10.144.0.0/20')", {
            "network": "10.144.0.0", "netmask": "255.255.240.0", "broadcast": "10.144.15.255",
            "firstUsable": "10.144.0.1", "lastUsable": "10.144.15.254", "cidr": 20,
        }),
        ("parseCidr('fdad:3236:5555::/48').lastUsable", "fdad:3236:5555:ffff:ffff:ffff:ffff:ffff"),
    ],
)  # fmt: skip
def test_numbers_conditions_and_prefixes(expression: str, expected: Any) -> None:
    """Division is cut towards zero; texts are equal with their letter case; `if` evaluates one branch."""
    assert expected == value(expression)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("map(range(0, 3), lambda('i', mul(lambdaVariables('i'), 2)))", [0, 2, 4]),
        ("map(variables('array'), lambda('x', 'i', concat(lambdaVariables('x'), lambdaVariables('i'))))",
         ["one0", "two1", "three2"]),
        ("filter(variables('array'), lambda('x', startsWith(lambdaVariables('x'), 't')))", ["two", "three"]),
        ("reduce(createArray(1, 2, 3), 0, lambda('sum', 'n', add(lambdaVariables('sum'), lambdaVariables('n'))))", 6),
        ("sort(createArray(3, 1, 2), lambda('a', 'b', less(lambdaVariables('a'), lambdaVariables('b'))))", [1, 2, 3]),
        ("toObject(createArray('a', 'b'), lambda('x', lambdaVariables('x')), lambda('x', 1))", {"a": 1, "b": 1}),
        ("mapValues(variables('object'), lambda('x', toUpper(lambdaVariables('x'))))", {"one": "A", "Two": "B"}),
        ("groupBy(createArray('ax', 'b', 'ay'), lambda('x', first(lambdaVariables('x'))))",
         {"a": ["ax", "ay"], "b": ["b"]}),
    ],
)  # fmt: skip
def test_lambdas(expression: str, expected: Any) -> None:
    """Lambda functions, with and without the index."""
    assert expected == value(expression)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("concat('nsg-', parameters('p'))", "?nsg-{parameters('p')}"),
        ("format('{0}-{1}', parameters('p'), 'x')", "?{parameters('p')}-x"),
        ("toLower(parameters('p'))", "?{toLower(parameters('p'))}"),
        ("parameters('q')[0].name", "?{parameters('q')[0].name}"),
        ("concat(variables('array'), parameters('q'))", "?{concat([\"one\",\"two\",\"three\"], parameters('q'))}"),
        ("uniqueString('a')", "?{uniqueString('a')}"),
        ("reference('x', '2020').a.b[0]", "?{reference('x', '2020').a.b[0]}"),
        ("listKeys('x', '2020').keys[0].value", "?{listKeys('x', '2020').keys[0].value}"),
        ("environment().name", "?{environment().name}"),
        ("if(equals(parameters('p'), 'x'), 'a', 'b')", "?{if(equals(parameters('p'), 'x'), 'a', 'b')}"),
        ("if(equals(parameters('p'), 'x'), 'a', 'a')", "a"),
        ("and(equals(parameters('p'), 'x'), false())", False),
        ("or(equals(parameters('p'), 'x'), true())", True),
        ("and(not(empty(parameters('q'))), equals(parameters('q')[0], div(1, 0)))",
         "?{and(not(empty(parameters('q'))), '…')}"),
        ("coalesce(parameters('p'), 'x')", "?{coalesce(parameters('p'), 'x')}"),
        ("equals(parameters('p'), parameters('p'))", True),
        ("contains(createArray('a', parameters('p')), 'a')", True),
        ("contains(createArray('a', parameters('p')), 'b')", "?{contains([\"a\",{parameters('p')}], 'b')}"),
        ("length(createArray('a', parameters('p')))", 2),
        ("union(createArray('a'), createArray(parameters('p')))", "?{union([\"a\"], [{parameters('p')}])}"),
        ("contains(resourceGroup().id, 'resourceGroups')", True),
        ("contains(resourceGroup().name, 'prod')", "?{contains('{resourceGroup}', 'prod')}"),
        ("split(resourceGroup().id, '/')[1]", "subscriptions"),
        ("split(resourceGroup().name, '-')", "?{split('{resourceGroup}', '-')}"),
        ("length(resourceGroup().name)", "?{length('{resourceGroup}')}"),
        ("replace(resourceGroup().name, '-', '')", "?{replace('{resourceGroup}', '-', '')}"),
        ("greater('A', 'a')", "?{greater('A', 'a')}"),
        ("json('{''one'': 1}')", "?{json('{''one'': 1}')}"),
        ("first(createArray())", "?{first([])}"),
        ("items(createObject('a_b', 1, 'ab', 2))", "?{items({\"a_b\":1,\"ab\":2})}"),
    ],
)  # fmt: skip
def test_what_is_not_known_is_named(expression: str, expected: Any) -> None:
    """An unknown is named by the parts it depends on, known parts of a text stay, and what is settled is settled."""
    assert expected == value(expression)


def test_filters_that_are_not_known_are_told_apart() -> None:
    """The whole list is unknown, and two filters are two unknowns."""
    one = value("filter(createArray('a'), lambda('x', equals(lambdaVariables('x'), parameters('p'))))")
    other = value("array(filter(createArray('a'), lambda('x', empty(parameters('p')))))")
    assert one.startswith('?{filter(["a"], \'lambda')
    assert one not in other


@pytest.mark.parametrize(
    ("expression", "code", "message"),
    [
        ("nosuch()", "NC184", "`nosuch` is no template function"),
        ("toLower()", "NC184", "`toLower` takes 1 arguments, not 0"),
        ("toLower('a', 'b')", "NC184", "`toLower` takes 1 arguments, not 2"),
        ("add(1, 'x')", "NC184", "`add` takes a whole number as argument 2, not a text"),
        ("div(1, 0)", "NC184", "`div` divides by zero"),
        ("int('x')", "NC184", "`int` is given a text that is no whole number"),
        ("substring('abc', 2, 5)", "NC184", "`substring` reaches beyond the text, which has 3 characters"),
        ("concat('a', createArray())", "NC184", "`concat` takes either texts or arrays, not both"),
        ("format('{1}', 'x')", "NC184", "`format` has `{1}` in its pattern, and 1 values to fill in"),
        ("copyIndex()", "NC184", "`copyIndex` stands outside of any `copy` loop"),
        ("copyIndex('x')", "NC184", "`copyIndex` names no loop around it: `x`"),
        ("resourceId('Microsoft.Network/virtualNetworks/subnets', 'v')", "NC184",
         "`resourceId` names a type of 2 levels and 1 names: `Microsoft.Network/virtualNetworks/subnets`"),
        ("resourceId('x')", "NC184", "`resourceId` names no type of resource"),
        ("range(0, 10001)", "NC184", "`range` takes a count from 0 to 10000, not 10001"),
        ("cidrSubnet('10.0.0.0/24', 26, 4)", "NC184", "`cidrSubnet` asks for part 4 of 4"),
        ("cidrSubnet('x', 26, 4)", "NC184", "`cidrSubnet` takes a prefix such as `10.0.0.0/16`"),
        ("createObject('a')", "NC184", "`createObject` takes names and values in pairs"),
        ("if('x', 1, 2)", "NC184", "`if` takes a boolean, not `x`"),
        ("map(createArray(), 1)", "NC184", "`map` takes `lambda(...)` here"),
        ("mul(9223372036854775807, 2)", "NC184", "`mul` is given numbers whose result is beyond 64 bits"),
        ("parameters('x')", "NC185", "the template has no parameter `x`"),
        ("variables('x')", "NC185", "the template has no variable `x`"),
        ("variables('array')[3]", "NC185", "there is no element 3: the array has 3"),
        ("variables('object').three", "NC185", "there is no property `three`"),
        ("variables('array').x", "NC185", "a list has no property `x`"),
    ],
)  # fmt: skip
def test_misspelt_and_misused_functions_are_errors(expression: str, code: str, message: str) -> None:
    """A person's mistake does not become an unknown."""
    read = Read(template(nsg("n", {"value": f"[{expression}]"}), variables=VARIABLES, parameters=PARAMETERS))
    assert [(code, message)] == list(zip(read.codes, read.messages, strict=True))


def test_a_fault_inside_of_an_expression_is_shown_there() -> None:
    """The caret stands at the call that is wrong, unless escapes have moved the characters."""
    text = json.dumps(template(nsg("[concat('a', nosuch())]")))
    assert Read(text).places == [place("t.json", text, "nosuch") + " NC184"]
    escaped = text.replace("'a'", "'\\u0041'")
    assert Read(escaped).places == [place("t.json", escaped, '"[concat') + " NC184"]
