update notices set sending_at = $since where state not in ('sent', 'preview', 'superseded', 'dropped') and sending_at is null
