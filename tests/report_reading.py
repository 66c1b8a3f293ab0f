"""What a report says, for tests that read it."""

from collections.abc import Iterator
from itertools import chain

from analysis.report.blocks import Block, Drawing, Facts, Folded, Listing, Points, Section, Table, Text
from analysis.report.report_content import ReportContent


def section(content: ReportContent, anchor: str) -> Section:
    return next(each for each in content.sections if each.anchor == anchor)


def leaves(blocks: tuple[Block, ...]) -> Iterator[Block]:
    for block in blocks:
        if isinstance(block, Folded):
            yield from leaves(block.blocks)
        else:
            yield block


def texts(part: Section) -> Iterator[str]:
    for block in leaves(part.blocks):
        match block:
            case Text() | Listing():
                yield block.text
            case Points():
                yield from block.items
            case Facts():
                yield from chain.from_iterable(block.pairs)
            case Table():
                yield from (block.caption, *block.columns, *chain.from_iterable(block.rows))
            case Drawing():
                yield block.caption


def text_of(content: ReportContent, anchor: str) -> str:
    return "\n".join(texts(section(content, anchor)))


def fact(content: ReportContent, anchor: str, name: str) -> str:
    facts = [block for block in section(content, anchor).blocks if isinstance(block, Facts)]
    return dict(chain.from_iterable(each.pairs for each in facts))[name]


def table(content: ReportContent, anchor: str, first_column: str) -> Table:
    blocks = leaves(section(content, anchor).blocks)
    return next(block for block in blocks if isinstance(block, Table) and block.columns[0] == first_column)
