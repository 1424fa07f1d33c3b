-- What a loaded delivery came to, over all its batches.
select
    coalesce(sum(rows_new), 0)::bigint as rows_new, coalesce(sum(rows_restated), 0)::bigint as rows_restated,
    coalesce(sum(rows_quarantined), 0)::bigint as rows_quarantined
from batches
where source = $source and digest = $digest and known_from = $known_at::timestamp;
