"""Texts in CSV files that people open in a spreadsheet."""

import pyarrow as pa

from quant.printable import cell


def cells(table: pa.Table) -> pa.Table:
    """A table whose texts are cells as `quant.printable.cell` makes them; every other column as it is."""
    for place, name in enumerate(table.column_names):
        column = table[name].combine_chunks()
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            coded = column.dictionary_encode()
            texts = [cell(text) for text in coded.dictionary.to_pylist()]
            shown = pa.array(texts, column.type).take(coded.indices)
            table = table.set_column(place, table.schema.field(name), shown)
    return table
