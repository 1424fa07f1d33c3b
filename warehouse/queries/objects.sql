-- Everything that this database holds beside rows: kind, schema, name and, where it has one, its definition.
select 'schema' as kind, schema_name, schema_name as name, null as definition
from duckdb_schemas() where database_name = current_database() and not internal
union all
select 'table', schema_name, table_name, sql
from duckdb_tables() where database_name = current_database() and not internal
union all
select 'view', schema_name, view_name, sql
from duckdb_views() where database_name = current_database() and not internal
union all
select function_type, schema_name, function_name, concat_ws(' ', parameters::varchar, macro_definition)
from duckdb_functions() where database_name = current_database() and not internal
union all
select 'type', schema_name, type_name, logical_type
from duckdb_types() where database_name = current_database() and not internal
union all
select 'sequence', schema_name, sequence_name, sql
from duckdb_sequences() where database_name = current_database()
union all
select 'index', schema_name, index_name, sql
from duckdb_indexes() where database_name = current_database()
order by all
