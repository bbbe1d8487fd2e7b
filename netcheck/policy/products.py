"""Clauses as products of atoms, and which of them meet: what dead and partly dead rules are found with."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from netcheck.policy.facts import Fact
from netcheck.policy.firstmatch import Clause
from netcheck.policy.table import RuleTable
from netcheck.sets.atoms import positions
from netcheck.sets.packets import Node

Product = tuple[int, ...]
"""A product of atoms, field by field."""


class Products:
    """The clauses of one family compiled against some packets; bit i is the i-th clause that touches them."""

    def __init__(self, clauses: Sequence[Clause], question: Node) -> None:
        self.table = RuleTable([clause.box for clause in clauses], [True] * len(clauses), question)
        self.clauses = [clauses[position] for position in self.table.kept]
        self._paths = list(self.table.paths())
        self._waiting = sum(1 << bit for bit, clause in enumerate(self.clauses) if clause.when)

    def products(self, bit: int) -> Iterator[Product]:
        """Yield what a clause matches of the packets, as disjoint products."""
        atoms = self.table.atoms_of(bit)
        for path in self._paths:
            product = tuple(mine & whole for mine, whole in zip(atoms, path, strict=True))
            if all(product):
                yield product

    def touching(self, product: Product, among: int, holding: Collection[Fact]) -> int:
        """Return those of some clauses that touch a product wherever the facts `holding` hold."""
        candidates = among & self.table.touching(product)
        for bit in positions(candidates & self._waiting):
            if not all(fact in holding for fact in self.clauses[bit].when):
                candidates ^= 1 << bit
        return candidates
