"""Whether some clauses take all packets of a product, by looking for one cell that none of them takes.

A clause that is not covered usually costs a single look.
"""

from __future__ import annotations

from collections.abc import Sequence

from netcheck.policy.budget import Budget
from netcheck.policy.firstmatch import Clause
from netcheck.policy.products import Product, Products
from netcheck.sets.atoms import positions
from netcheck.sets.packets import Node

_ENTRY = 200
"""About how many bytes a remembered look takes beside the integer in it."""


class Covering(Products):
    """The clauses of one family, ready to be asked whether some of them cover a product."""

    def __init__(self, clauses: Sequence[Clause], question: Node, budget: Budget) -> None:
        super().__init__(clauses, question)
        self._fields = self.table.fields
        self._budget = budget

    def shared(self, product: Product, bit: int) -> Product:
        """Return what a clause has in common with a product; a field without atoms says that it is nothing."""
        return tuple(mine & atoms for mine, atoms in zip(self.table.atoms_of(bit), product, strict=True))

    def uncovered(self, product: Product, candidates: int) -> int | None:
        """Return the clauses at some cell of a product where no candidate matches; None when all is covered."""
        matching = [field.matching(bits) for field, bits in zip(self._fields, product, strict=True)]
        lonely = (1 << len(self.clauses)) - 1
        for one in matching:
            lonely &= one.loneliest
        if not lonely & candidates:
            return lonely
        order = [level for level in range(5) if candidates & ~matching[level].every]
        order.sort(key=lambda level: product[level].bit_count())
        cell = (1 << len(self.clauses)) - 1
        for level in range(5):
            if level not in order:
                cell &= matching[level].loneliest
        known: set[tuple[int, int]] = set()
        found = self._descend(
            [(level, product[level], matching[level].every) for level in order], candidates, cell, known
        )
        self._budget.release(sum(_ENTRY + covered.bit_length() // 8 for _, covered in known))
        return found

    def _descend(
        self, levels: Sequence[tuple[int, int, int]], candidates: int, cell: int, known: set[tuple[int, int]]
    ) -> int | None:
        """Look for an uncovered cell field by field; `cell` are the clauses that match the values chosen so far."""
        if not candidates:
            for level, atoms, _ in levels:
                cell &= self._fields[level].matching(atoms).loneliest
            return cell
        done = candidates
        for _, _, every in levels:
            done &= every
        if done or (len(levels), candidates) in known:
            return None
        level, atoms, _ = levels[0]
        field = self._fields[level]
        if len(levels) == 1:
            self._budget.spend(candidates.bit_count())
            missing = atoms
            for bit in positions(candidates):
                missing ^= missing & field.bits[bit]
                if not missing:
                    break
            else:
                return cell & field.masks[(missing & -missing).bit_length() - 1]
        else:
            for atom in field.by_loneliness(atoms):
                self._budget.spend(1)
                mask = field.masks[atom]
                found = self._descend(levels[1:], candidates & mask, cell & mask, known)
                if found is not None:
                    return found
        self._budget.spend(1, _ENTRY + candidates.bit_length() // 8)
        known.add((len(levels), candidates))
        return None
