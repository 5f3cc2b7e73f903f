"""What the columns of a CSV export mean, as a TOML file says; deploy/mappings/README.md has each key."""

from deploy.files.mapping.column_mapping import ColumnMapping
from deploy.files.mapping.mapping_files import read_mapping
from deploy.files.mapping.row_places import RowOrder, RowTimes

__all__ = ["ColumnMapping", "RowOrder", "RowTimes", "read_mapping"]
