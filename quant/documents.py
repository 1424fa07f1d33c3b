"""JSON objects whose names are somebody else's: a vendor's, a messenger's, or a stored document's."""

from collections.abc import Mapping

Json = Mapping[str, object]
"""Such an object by name. Whoever needs a value of it makes a class of it first."""
