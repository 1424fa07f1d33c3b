-- How surely a message arrives once: exactly_once, or at_least_once where a channel's history cannot be read.
alter table notices add column delivery varchar;
