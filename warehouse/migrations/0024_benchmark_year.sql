-- How the benchmark has done since the last session of the year before.
alter table runs add column benchmark_year double;
