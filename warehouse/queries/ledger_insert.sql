insert into ledger by name
select $seq as seq, $at::timestamp as "at", $kind as kind, $subject as subject, $payload as payload,
       $previous as previous, $hash as hash;
