-- The sessions of which a source had delivered anything at an instant.
select distinct session from prices_asof($known_at::timestamp) where source = $source order by session;
