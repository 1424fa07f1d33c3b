insert into batches by name
select
    $batch_id as batch_id, $source as source, $symbols as symbols, $range_start::date as range_start,
    $range_end::date as range_end, $fetched_at::timestamp as fetched_at, $digest as digest,
    $rows_delivered as rows_delivered, $rows_new as rows_new, $rows_restated as rows_restated,
    $rows_quarantined as rows_quarantined, $errors::json as errors, $held as held, $returns as returns,
    $illustration as illustration, $known_from::timestamp as known_from;
